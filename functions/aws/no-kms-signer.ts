import { Failure } from "../../schemas/protocol/problems.ts";
import type { KmsSigner } from "../broker/ports.ts";

/** Instead of KMS where no token is requested with an app's key: it brings no client of the AWS SDK. */
export const noKmsSigner: KmsSigner = ({ publicKeyID }) => ({
  publicKeyID,
  async sign() {
    throw new Failure(
      "signing_key_refused",
      "KMS signs for the token functions and the health function alone",
    );
  },
});
