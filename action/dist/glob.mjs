import { createRequire } from "node:module";const require=createRequire(import.meta.url);
import{a,b,c}from"./shared-glob-schema.mjs";import"./shared-annotations-cli-glob-json-main-sarif-schema-worker.mjs";export{a as globMatcher,b as globProgress,c as pathOrFolderMatcher};
