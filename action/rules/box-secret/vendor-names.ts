/** Words whose "box" is another one: `checkBox`, `DROP_BOX`, `bounding-box`. */
const OTHER_BOX_WORDS =
  "alert ask ball ballot bento black bounding busy cardboard cash check clip combo content crop crypto deposit dialog down drop edit enum flat flex focus fritz fuse gear gift glyph group ice icon image in inner input iot juke junction jury key layout letter light line list lock loot lunch mail margin match message mini money music mystery name net nine no out outer padding pandora parcel pay picture pill play po poly post press print prompt query red safe sand scroll search seed select send shadow shoe sky smart snap soap sound spin squash storage strike sub subscription suggestion swap tab tackle text time tinder title tool top touch tv un vbox view virtual voice voting white wind x y yes".split(
    " ",
  );
const OTHER_BOXES: ReadonlySet<string> = new Set(OTHER_BOX_WORDS);

/** The beginning of a pattern that looks behind `box`, where it is a word of its own: `check_box`. */
export const BEHIND_OTHER_BOX = `(?<!(?<![a-z0-9])(?:${OTHER_BOX_WORDS.join("|")})[_.-]box)`;

/** Other parties whose credentials have the same names and often the same form. */
const OTHER_VENDORS: ReadonlySet<string> = new Set(
  "adobe airtable alibaba amazon anthropic asana atlassian auth0 authy aws azure bitbucket cloudflare cognito contentful datadog digitalocean discord docusign dropbox dwolla ebay etsy evernote facebook fb figma firebase fitbit gcp gdrive github gitlab google heroku hubspot instagram intercom jira keycloak kakao linkedin mailchimp mailgun microsoft msal naver netlify okta onedrive onelogin openai outlook pagerduty paypal pinterest plaid pusher quickbooks reddit salesforce sendgrid sentry shopify slack snapchat spotify strava stripe supabase telegram tiktok todoist trello tumblr twilio twitch twitter vercel vimeo wechat weibo xero yahoo yandex zendesk zoho".split(
    " ",
  ),
);

/** Others whose names are words, and count only as a part of a credential's name. */
const OTHER_VENDORS_BY_WORD: ReadonlySet<string> = new Set(
  "apple fake line linear notion segment square tableau uber zoom".split(" "),
);

/** `boxClientSecret`, `BOX_CLIENT_SECRET` and `box.client-secret` as their words in lower case. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

/** Words that Box's own names begin with, where nothing separates them: `boxsdk`. */
const BOX_WORD = /^box(?:es)?$|^box(?:sdk|api|app|jwt|ccg|auth|oauth|oauth2|dev|cli|client|com|token|v2)$/;

/** A whole name of a secret in which nothing separates the words: `BOXCLIENTSECRET`. */
const BOX_SECRET =
  /^box(?:client|consumer|app|user|access|refresh|developer|dev|service|enterprise|admin|webhook|signature|signing|primary|secondary|private|public|jwt|ccg|oauth2?|auth|api|sdk)+(?:secret|token|key|passphrase)$/;

/** Whether the name means Box, the company, and not a check box. */
export function namesBox(name: string): boolean {
  if (!/box/i.test(name)) return false;
  const words = wordsOf(name);
  return words.some(
    (word, at) =>
      (BOX_WORD.test(word) || BOX_SECRET.test(word)) && word !== "boxes" && !isOtherBox(words.slice(0, at)),
  );
}

/** Whether the last of the words before `box` makes it another one; `WEBHOOK_PRIMARY_KEY_BOX` is no box for keys. */
const isOtherBox = (before: readonly string[]): boolean =>
  OTHER_BOXES.has(before.at(-1) ?? "") &&
  !(before.at(-1) === "key" && WEBHOOK_WORDS.has(before.at(-2) ?? ""));
const WEBHOOK_WORDS: ReadonlySet<string> = new Set("primary secondary signature signing webhook".split(" "));

/** Whether the name means another party. */
export const namesOtherVendor = (name: string): boolean =>
  wordsOf(name).some((word) => OTHER_VENDORS.has(word) || OTHER_VENDORS_BY_WORD.has(word));

/** Words of which names of Box's secrets consist, in settings and in programs. */
const NAME_WORDS: ReadonlySet<string> = new Set(
  `access api app auth bearer c ccg client config consumer content context credentials default dev developer downscoped
  enterprise env export file generic id key my next oauth oauth2 old options parent passphrase password picker primary
  private process prod props public react refresh rsa sdk secondary secret secrets service settings signature signing
  stage staging test this token tokens uploader user value vars vite webhook`.split(/\s+/),
);

/** Whether the name has a word that no name of Box's secrets has: `ACME_CLIENT_SECRET`. */
export const hasOwnWord = (name: string): boolean =>
  wordsOf(name).some((word) => !NAME_WORDS.has(word) && !/^v?[0-9]+$/.test(word));

/** "Box" as the name of the company in prose; not Rust's `Box<T>` and `Box::new`, and no other kind of box. */
const COMPANY =
  /(?:([A-Za-z]+)[\s_-]{1,3})?(?<![\w-])(?:B(?:ox|OX)(?![\w(:-]|<(?!\/))|box[ -](?=(?:api|app|credentials?|client|token|account|developer|sdk|oauth|auth|jwt)\b))/g;

/** Whether a few lines of comments or prose mention Box, and no other vendor. */
export const mentionsBox = (text: string): boolean =>
  !mentionsOtherVendor(text) &&
  [...text.matchAll(COMPANY)].some(([, before = ""]) => !OTHER_BOXES.has(before.toLowerCase()));

/** Whether a few lines mention another party. */
export const mentionsOtherVendor = (text: string): boolean =>
  wordsOf(text).some((word) => OTHER_VENDORS.has(word));
