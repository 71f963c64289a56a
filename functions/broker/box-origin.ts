/** A response of Box, or what was made of it. */
interface FromBox {
  readonly boxRequestId?: string | undefined;
}

/** What Box calls the request that something came from, as a property that is absent where it is unknown. */
export function originOf({ boxRequestId }: FromBox): { readonly boxRequestId?: string } {
  return boxRequestId === undefined ? {} : { boxRequestId };
}
