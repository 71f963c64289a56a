import { mistakeTests, synth } from "../infra/synth.ts";

/** The mistakes that `test/infra/command-line.test.ts` omits. */
mistakeTests("npm run synth", synth);
