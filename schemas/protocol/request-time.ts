/**
 * Seconds that the token functions may work on one request, retries included: their deployed timeout, the deadline
 * of a request whose runtime names none, and what the client's default timeout is made of.
 */
export const REQUEST_SECONDS = 30;

/** Seconds that a request takes outside the function: AWS credentials, the connection, an environment's start. */
export const CONNECTION_SECONDS = 5;
