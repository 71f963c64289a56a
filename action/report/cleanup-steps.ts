import { formatCount, shortCommit } from "./phrases.ts";
import { grouped, isAtHead, type ReportedFinding } from "./report.ts";

/** Paths that a command names. */
const PATHS = 20;

/** No shell can misread these. */
const PLAIN = /^(?!-)[\w./@+-]{1,200}$/;

/** Files that are a key or a downloaded config and nothing else, by their names. */
const KEY_FILE =
  /\.(?:pem|key|der|p8|pk8|p12|pfx|ppk|asc|gpg|pgp|age|jks|jceks|keystore|pvk|snk)$|(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$|(?:^|\/)\d{1,20}_[a-z0-9]{8}_config\.json$/i;

/** Keys have many lines, and lines of a replacement list have one: so they are named by their frame. */
const KEY_LINE =
  "regex:(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----==>REMOVED";

interface Cleaned {
  /** Files to take out of the history. */
  readonly whole: readonly string[];
  /** Files out of which the key or secret is taken. */
  readonly edited: readonly string[];
  /** Those of them that the newest commit has as they were found: `git add` refuses all where one is gone. */
  readonly editedAtHead: readonly string[];
  readonly hasKeys: boolean;
  /** Paths that no command here can name. */
  readonly others: number;
}

/** Lines of Markdown: how what was found is taken out of a branch, a history, messages and headers. */
export function cleanupSteps(leaked: readonly ReportedFinding[], base: string | null): readonly string[] {
  const inFiles = leaked.filter(({ part }) => part === undefined);
  const inMessages = leaked.filter(({ part }) => part === "message");
  const inHeaders = leaked.some(({ part }) => part === "headers");
  const cleaned = cleanedPaths(inFiles);
  return [
    "",
    "#### Clean the branch",
    ...(cleaned.whole.length + cleaned.edited.length > 0 ? commands(cleaned, base) : []),
    ...(cleaned.others > 0
      ? [
          "",
          `To be added to these commands, quoted for your shell: ${formatCount(cleaned.others, "more path")} of the table.`,
        ]
      : []),
    ...(inHeaders ? ["", IN_HEADERS] : []),
    ...(inMessages.length > 0 ? ["", messages(leaked.some(({ tag }) => tag !== undefined))] : []),
    // Commands for files explain it too, where they need it.
    ...(inMessages.length > 0 && cleaned.edited.length === 0 ? ["", listOf(inMessages.some(isKey))] : []),
    "",
    "A further commit that deletes it is not enough, and GitHub keeps old commits of pull requests and forks: only its support can remove those. This is why the key comes first.",
  ];
}

function cleanedPaths(inFiles: readonly ReportedFinding[]): Cleaned {
  const paths = grouped(inFiles, ({ path }) => path).flatMap(
    (findings) => findings.find(isAtHead) ?? findings.slice(0, 1),
  );
  const plain = paths.filter(({ path }) => PLAIN.test(path)).slice(0, PATHS);
  const isWhole = ({ path, publicKeyID }: ReportedFinding) =>
    KEY_FILE.test(path) || publicKeyID !== undefined;
  const edited = plain.filter((one) => !isWhole(one));
  return {
    whole: plain.filter(isWhole).map(({ path }) => path),
    edited: edited.map(({ path }) => path),
    editedAtHead: edited.filter(isAtHead).map(({ path }) => path),
    hasKeys: inFiles.some((one) => isKey(one) && !isWhole(one)),
    others: paths.length - plain.length,
  };
}

const isKey = ({ rule }: ReportedFinding) => rule === "private-key";

function commands({ whole, edited, editedAtHead, hasKeys }: Cleaned, base: string | null): readonly string[] {
  const start =
    base !== null && /^[0-9a-f]{40,64}$/.test(base)
      ? [`git reset --soft "$(git merge-base HEAD ${shortCommit(base)})"`]
      : ["git fetch origin main  # the branch that this one goes into", RESET];
  return [
    "",
    "Not merged yet: make one commit of the branch, without what was found.",
    "",
    "```sh",
    ...start,
    ...(whole.length > 0 ? [`git rm -r --cached --ignore-unmatch -- ${whole.join(" ")}`] : []),
    ...(editedAtHead.length > 0
      ? ["# take the key or secret out of the files of the next line", `git add -- ${editedAtHead.join(" ")}`]
      : []),
    "git commit",
    "git push --force-with-lease",
    "```",
    "",
    "Merged already: rewrite the history in a fresh clone, in which `git filter-repo` removes `origin`, and let all users clone again. Or leave the dead key where it is and suppress it (`box-config-lint baseline`).",
    ...(edited.length > 0 ? ["", listOf(hasKeys)] : []),
    "",
    "```sh",
    "url=$(git remote get-url origin)",
    ...(whole.length > 0
      ? [`git filter-repo --invert-paths ${whole.map((name) => `--path ${name}`).join(" ")}`]
      : []),
    ...(edited.length > 0
      ? [`git filter-repo ${whole.length > 0 ? "--force " : ""}--replace-text ../replacements.txt`]
      : []),
    'git remote add origin "$url"',
    "git push --force --all origin && git push --force --tags origin",
    "```",
  ];
}

const listOf = (hasKeys: boolean) =>
  `First write \`../replacements.txt\`, outside of the clone: each secret on a line of its own${hasKeys ? `, and for keys in PEM the line \`${KEY_LINE}\`` : ""}. It replaces the values and keeps the files. Delete it afterwards.`;

const messages = (hasTags: boolean) =>
  `Messages have it too. Of the newest commit: \`git commit --amend\`; of an older one: \`git rebase -i\` with \`reword\`${hasTags ? "; of a tag: `git tag --force --annotate TAG COMMIT` and `git push --force origin TAG`" : ""}. Merged already: \`git filter-repo --replace-message ../replacements.txt\`.`;

/** `--amend` keeps a header that Git does not know. */
const IN_HEADERS =
  "Headers of commits have it too: `git rebase --no-ff BASE` writes the commits of a branch without them. Merged already: `git filter-repo --force` does.";

const RESET = 'git reset --soft "$(git merge-base HEAD FETCH_HEAD)"';
