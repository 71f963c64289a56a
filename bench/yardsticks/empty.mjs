/** What any Lambda costs: a handler that does nothing. */
export const handler = async () => ({ access_token: "none" });
