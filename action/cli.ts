#!/usr/bin/env node
import "./node-20.ts";
import { main } from "./command-line/main.ts";

process.exitCode = await main(process.argv.slice(2));
