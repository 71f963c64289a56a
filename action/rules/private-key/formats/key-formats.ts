import { age } from "./age.ts";
import { der } from "./der.ts";
import { dotnetXml } from "./dotnet-xml.ts";
import { encodedKey } from "./encoded-key.ts";
import { jwk } from "./jwk.ts";
import type { KeyFormat } from "./key.ts";
import { openssh } from "./openssh.ts";
import { escapedPem, pem } from "./pem.ts";
import { plainPem } from "./plain-key.ts";
import { putty } from "./putty.ts";

/** Every way in which a file may contain a key. At one place the first that finds a key counts. */
export const KEY_FORMATS: readonly KeyFormat[] = [
  plainPem,
  pem,
  escapedPem,
  der,
  openssh,
  encodedKey,
  jwk,
  putty,
  dotnetXml,
  age,
];
