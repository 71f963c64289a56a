import { COMMUNITY } from "./calls/community.ts";
import { COMPILED } from "./calls/compiled.ts";
import { SCRIPTED } from "./calls/scripted.ts";

/** Arguments by position or keyword of the official and community SDKs and of UI Elements. */
export const CALLS = [...COMPILED, ...SCRIPTED, ...COMMUNITY];
