import { join } from "node:path";
import { compilesWith, preparePackages } from "../types/module-kinds.ts";

/** The client in programs that an older TypeScript compiles. */
preparePackages();
compilesWith("typescript-5.4", join(import.meta.dirname, "node_modules"));
