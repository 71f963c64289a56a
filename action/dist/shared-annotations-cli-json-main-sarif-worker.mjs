import { createRequire } from "node:module";const require=createRequire(import.meta.url);
function m(r,s){let e=new Map;for(let t of r){let o=s(t),n=e.get(o);n===void 0?e.set(o,[t]):n.push(t)}return e}export{m as a};
