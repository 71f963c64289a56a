/** The command that started the sandbox: what messages print as the command to type, and its exit statuses. */
export interface StartCommand {
  /** As options are written behind it. */
  readonly text: string;
  /** How the command line of the package is called beside it. */
  readonly boxSts: string;
  /** Before a refusal on the standard error. */
  readonly prefix: string;
  /** The command in a pipe, where that is written differently; for the help. */
  readonly piped?: string;
  /** Exit status of wrong use: unknown options, and files that are not valid. Everything else that fails has 1. */
  readonly misuse: 1 | 2;
}

/** In a clone. */
export const NPM_START: StartCommand = {
  text: "npm start --",
  boxSts: "npm run -s box-sts --",
  prefix: "",
  piped: "npm start --silent -- --json",
  misuse: 1,
};

/** From the installed package. */
export const BOX_STS: StartCommand = {
  text: "box-sts sandbox",
  boxSts: "npx box-sts",
  prefix: "box-sts sandbox: ",
  misuse: 2,
};
