export const loadPage = () => new Promise((done) => {
    require(["dojo/_base/lang", "mxui/dom"], (lang, dom) => done([lang, dom]));
});
export const readPage = () => new WebSocket(document.location.href);
