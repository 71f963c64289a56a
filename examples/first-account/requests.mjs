/** Requests to the deployed functions, each with its outcome in a few words: never a token. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { fromIni, fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { BoxStsError, boxAuth } from "box-sts/client";

/** Without a profile, those of the environment. */
const credentialsOf = (profile) => (profile === undefined ? fromNodeProviderChain() : fromIni({ profile }));

/** @returns `token`, `refused CODE`, or the name of AWS's refusal */
export async function directInvoke(profile, functionName, qualifier, event, region) {
  const client = new LambdaClient({
    credentials: credentialsOf(profile),
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
  });
  try {
    const response = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
        Payload: JSON.stringify(event),
      }),
    );
    return outcomeOf(JSON.parse(Buffer.from(response.Payload ?? []).toString("utf8")));
  } catch (error) {
    if (!/^(?:AccessDenied|ResourceNotFound)Exception$/.test(error.name)) throw error;
    const words = /explicit deny in a resource-based policy/.exec(error.message)?.[0];
    return words === undefined ? error.name : `${error.name}, ${words}`;
  }
}

/** Of a token response, a response of the Function URL, or an error that a function threw. */
function outcomeOf(payload) {
  if (payload === null || typeof payload !== "object") return "no object";
  if (JSON.stringify(payload).includes("access_token")) return "token";
  if (payload.healthy !== undefined) return payload.healthy ? "healthy" : "not healthy";
  const body = typeof payload.body === "string" ? JSON.parse(payload.body) : payload;
  return `refused ${body.code ?? payload.errorType ?? "without a code"}`;
}

export const healthOf = (profile, functionName, region) =>
  directInvoke(profile, functionName, undefined, {}, region);

const codeOf = (error) => {
  if (error instanceof BoxStsError) return error.code;
  throw error;
};

async function tokenBy(options, { app }, profile) {
  const auth = boxAuth({
    ...options,
    credentials: credentialsOf(profile),
    ...(app === undefined ? {} : { app }),
  });
  return auth.retrieveToken().then(({ accessToken }) => (accessToken ? "token" : "no token"), codeOf);
}

/** @returns `token`, or the code of the refusal */
export const tokenByUrl = (context, profile) => tokenBy({ url: context.outputs.TokenUrl }, context, profile);

/** @returns `token`, or the code of the refusal */
export const tokenByAlias = (context, profile) =>
  tokenBy({ functionName: context.outputs.InvokeFunction, alias: context.alias }, context, profile);
