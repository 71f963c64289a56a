/** Seconds between a failed delivery and the next one, for each retry. */
export type RetrySchedule = readonly number[];

/**
 * What Box's documentation has promised, by its versions. The numbers of retries and the total are Box's; where it
 * says no more than "exponential", each delay is twice the one before.
 */
export const RETRY_SCHEDULES = {
  /** 12 retries over 2 hours. */
  "two-hours": [2, 4, 7, 14, 28, 56, 112, 225, 450, 900, 1_801, 3_601],
  /** Formerly 10 retries, the first after 5 minutes. */
  "five-minutes": [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 76_800, 153_600],
} as const satisfies Record<string, RetrySchedule>;
