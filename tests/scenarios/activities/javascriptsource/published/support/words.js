function split(text){
	return text.split(/[\s/]+/)
}
function clear(){
	Object.keys(cache).forEach((key)=>{
		delete cache(key);
	});
}
let cache={split:split,clear:clear};
export default Object.keys(cache)
export{split as split, cache as cache};
