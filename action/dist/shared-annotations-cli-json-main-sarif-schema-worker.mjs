import { createRequire } from "node:module";const require=createRequire(import.meta.url);
var i={line:1,column:1},e=(n,o)=>n.line-o.line||n.column-o.column;export{i as a,e as b};
