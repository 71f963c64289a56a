import { Token } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { helpPage } from "../schemas/protocol/help-url.ts";
import { concurrencyWithinBounds, timeoutWithinBounds, withinBounds } from "./bounds.ts";
import { checkSubnets } from "./chosen-subnets.ts";
import type { BoxAppProps, BoxTokenServiceProps } from "./props.ts";
import { orReport } from "./report-errors.ts";
import { checkKeyLocation } from "./resource-location.ts";
import { httpsOnly, type Network } from "./service-function.ts";
import { SynthError } from "./synth-error.ts";
import { withoutUndefined } from "./without-undefined.ts";

/**
 * The props of a program without types, which may lack them: no apps are reported as an empty array is, and an app that is
 * no object as one without properties.
 */
export function completeProps(props: BoxTokenServiceProps | undefined): BoxTokenServiceProps {
  const apps: readonly unknown[] = Array.isArray(props?.apps) ? props.apps : [];
  return {
    ...(props as BoxTokenServiceProps),
    apps: apps.map((app) => (typeof app === "object" && app !== null ? app : {}) as BoxAppProps),
  };
}

/** The bounds of the token functions; each one that is not allowed is reported, and left out. */
export function boundsOf(scope: Construct, props: BoxTokenServiceProps) {
  const { memorySize, timeout, reservedConcurrency = 50 } = props;
  return {
    ...orReport(
      scope,
      () =>
        withoutUndefined({
          memorySize: memorySize === undefined ? undefined : withinBounds("memorySize", memorySize),
        }),
      () => ({}),
    ),
    ...orReport(
      scope,
      () => withoutUndefined({ timeout: timeout === undefined ? undefined : timeoutWithinBounds(timeout) }),
      () => ({}),
    ),
    ...orReport(
      scope,
      () => concurrencyWithinBounds(reservedConcurrency),
      () => ({}),
    ),
  };
}

/** @throws {SynthError} */
export function logKeyOf(
  scope: Construct,
  { logEncryptionKey: key }: BoxTokenServiceProps,
): IKey | undefined {
  if (key === undefined) return undefined;
  checkKeyLocation(scope, key, {
    property: "logEncryptionKey",
    otherRegion: "a key encrypts in its own region alone; give a key of that region",
    crossAccount: true,
  });
  return key;
}

/** Accepts a value that only the deployment knows. @throws {SynthError} */
export function helpUrlOf({ helpUrl }: BoxTokenServiceProps): string | undefined {
  if (helpUrl === undefined || Token.isUnresolved(helpUrl) || helpPage(helpUrl) !== undefined) return helpUrl;
  throw new SynthError(
    "helpUrl: expected the https:// URL at which docs/problems.md is published, without credentials and without a fragment; the functions do not start with another one.",
  );
}

/** @throws {SynthError} */
export function networkOf(
  scope: Construct,
  { vpc, vpcSubnets, securityGroups }: BoxTokenServiceProps,
): Network | undefined {
  if (vpc === undefined) {
    if (vpcSubnets === undefined && securityGroups === undefined) return undefined;
    throw new SynthError("vpcSubnets, securityGroups: there is no vpc; give it too, or remove them.");
  }
  if (securityGroups !== undefined && !(securityGroups.length >= 1 && securityGroups.length <= 5)) {
    throw new SynthError("securityGroups: Lambda allows 1 to 5; correct it.");
  }
  checkSubnets(scope, vpc, vpcSubnets);
  return {
    vpc,
    securityGroups: securityGroups === undefined ? [httpsOnly(scope, vpc)] : [...securityGroups],
    ...(vpcSubnets === undefined ? {} : { vpcSubnets }),
  };
}
