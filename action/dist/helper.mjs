import { createRequire } from "node:module";const require=createRequire(import.meta.url);
import{a as s,b as n,d as i,e as m}from"./chunk-ZWBTUYRE.mjs";import"./chunk-BXA4TLBO.mjs";import{parentPort as c}from"node:worker_threads";c?.on("message",async p=>{let e=new Map,o=[];for(let t of m(i(p),o)){let a=o.length,r=await s(t,n).catch(()=>{});r&&o.length===a&&e.set(t.path,r)}c?.postMessage(e)});
