import "mx-global";
import { Big } from "big.js";

// BEGIN EXTRA CODE
import "../shim.js";
// END EXTRA CODE

/**
 * Values by a path such as `company.products[1].price`.
 */
export async function GetKey(json, key) {
	// BEGIN USER CODE
	try{
		if(json==null||json=="")return Promise.resolve(null);
		let at=JSON.parse(json);
		key.split(".").forEach((k)=>{
			if(k.length>2&&k.indexOf('[')!=-1&&k[k.length-1]==']'){
				if(k.indexOf('[')>0){
					at=at[k.substring(0,k.indexOf('['))];
				}
				let i=parseInt(k.substring(k.indexOf('[')+1,k.length-1));
				at=isNaN(i)?at[k]:Array.isArray(at)?at[i]:at[Object.keys(at)[i]];
			}else{
				at=at[k]
			}
		});
		switch(typeof(at)){
			case "undefined":return null;
			case "string":return at;
			default:return JSON.stringify(at);
		}
	}catch(e){
		return Promise.reject(e.toString());
	}
	// END USER CODE
}
export async function HasKey(json, key) { return key in JSON.parse(json) }
export async function Keys(json) { return JSON.stringify(Object.keys(JSON.parse(json))) }
export async function Put(json, key, value) {
	let o=JSON.parse(json);
	o[key]=((v)=>{try{return JSON.parse(v)}catch(e){return v}})(value);
	return JSON.stringify(o)
}
export async function RemoveKey(json, key) {
	let {[key]:gone,...kept}=JSON.parse(json);
	return JSON.stringify(kept)
}
export async function IsArray(json) { return Array.isArray(JSON.parse(json)) }
export async function Length(json) { return Big(JSON.parse(json).length) }
export async function Push(json, value) { return JSON.stringify([...JSON.parse(json),value]) }
export async function Reverse(json) { return JSON.stringify(JSON.parse(json).reverse()) }
export async function Slice(json, start, end) {
	try{
		json=JSON.parse(json);
		if(!Array.isArray(json))return Promise.reject("Not an array");
		      if(start!=null&&end!=null){
			return Promise.resolve(JSON.stringify(json.slice(start,end)));
		}else if(start!=null&&end==null){
			return Promise.resolve(JSON.stringify(json.slice(start)));
		}
		return JSON.stringify(json.slice())
	}catch(e){
		return Promise.resolve(false);
	}
}
export async function Validate(json) {
	try{ JSON.parse(json) }catch(e){ return false }
	return true
}
export async function AddKey(json, k, v) {
    return new Promise((resolve,reject)=>{
        try{ let j=JSON.parse(json); j[k]=v; resolve(JSON.stringify(j)); }catch(e){ reject(e.toString()); }
    });
}
export async function GetKeyText(json, key) {
    const value = JSON.parse(json)[key];
    switch(typeof(value)){
        case"string": return value;
        default: return JSON.stringify(value);
    }
}
