/**
 * The names by which AWS says "later": those that its SDK repeats, and those of KMS, which services pass on. Most come with
 * the status 400, as refusals do. Every service has names of its own, of which most say it by the same word.
 */
const THROTTLING =
  /Thrott|^(?:BandwidthLimit|Limit|ProvisionedThroughput|RequestLimit)Exceeded|^(?:PriorRequestNotComplete|SlowDown|TooManyRequests|TransactionInProgress)/;

export const isThrottling = (name: string): boolean => THROTTLING.test(name);
