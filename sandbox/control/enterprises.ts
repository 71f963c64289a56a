import { didYouMean } from "../../schemas/json/nearest.ts";
import type { Enterprises, NamedEnterprise } from "../box/enterprises.ts";
import type { HttpResponse } from "../http/server.ts";
import { readFields } from "./fields.ts";
import type { ControlCall, Resource } from "./resource.ts";
import { json, refuse } from "./responses.ts";

/** The enterprises with a name. */
export const ENTERPRISES: Resource = {
  path: "/enterprises",
  methods: {
    GET: {
      does: "lists the enterprises with a name",
      respond: (call) =>
        withEnterprises(call, ({ all }) =>
          json(200, { enterprises: all.map(({ name }) => ({ name, url: urlOf(call, name) })) }),
        ),
    },
    POST: {
      does: "takes name=NAME and opens it, with its config.json",
      respond: (call) =>
        withEnterprises(call, async (enterprises) => {
          const fields = readFields(call.request, ["name"]);
          if (!fields.ok) return refuse(400, fields.error);
          const name = fields.value.get("name");
          if (name === undefined)
            return refuse(400, "The field name is missing; send name=NAME, e.g. name=worker-1.");
          const isNew = enterprises.find(name) === undefined;
          const opened = await enterprises.open(name);
          if (!opened.ok) return refuse(400, opened.error);
          return json(isNew ? 201 : 200, enterpriseJson(call, opened.value));
        }),
    },
  },
};

/** One of them. */
export const ENTERPRISE: Resource = {
  path: "/enterprises/{name}",
  methods: {
    GET: {
      does: "returns it with its config.json",
      respond: (call) => withNamed(call, (named) => json(200, enterpriseJson(call, named))),
    },
    DELETE: {
      does: "removes it with everything that it has",
      respond: (call) =>
        withNamed(call, async (named) => {
          await named.close();
          return json(200, { removed: named.name });
        }),
    },
  },
};

type Responding = HttpResponse | Promise<HttpResponse>;

function withEnterprises(
  { enterprises }: ControlCall,
  respond: (enterprises: Enterprises) => Responding,
): Responding {
  if (enterprises === undefined)
    return refuse(404, "An enterprise has none below it: use /_sandbox/enterprises, without the prefix.");
  return respond(enterprises);
}

const withNamed = (call: ControlCall, respond: (named: NamedEnterprise) => Responding): Responding =>
  withEnterprises(call, (enterprises) => {
    const { name } = call;
    const found = enterprises.find(name);
    if (found !== undefined) return respond(found);
    const names = enterprises.all.map((one) => one.name);
    const list = names.length === 0 ? "There is none." : `There are ${names.join(", ")}.`;
    return refuse(
      404,
      `There is no enterprise ${JSON.stringify(name)}.${didYouMean(name, names)} ${list} POST /enterprises creates one.`,
    );
  });

const urlOf = ({ baseUrl }: ControlCall, name: string): string => `${baseUrl}/t/${name}`;

const enterpriseJson = (call: ControlCall, { name, config }: NamedEnterprise) => ({
  ...{ name, url: urlOf(call, name), config },
});
