(function (root) {
    root.made = root === module.exports ? "exports" : typeof root;
}(this));
