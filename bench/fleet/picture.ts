interface Line {
  readonly strategy: string;
  readonly points: readonly { readonly instances: number; readonly postsPerHour: number }[];
}

const WIDTH = 640;
const HEIGHT = 360;
const PLOT = { left: 70, right: 500, top: 30, bottom: 300 };
/** Colours that are seen well on white and on nearly black alike. A line that covers another one is the thinner one. */
const STYLES = [
  { colour: "#d1495b", width: 6, shift: -6 },
  { colour: "#d68c1f", width: 2.5, shift: 14 },
  { colour: "#2f8f5b", width: 2.5, shift: 4 },
] as const;
const NEUTRAL = "#7d8590";
const TICKS = [1, 10, 100, 1_000, 10_000];
const LOWEST = 0.5;
const HIGHEST = 20_000;

/** A chart of the token requests in an hour by the number of environments, both on a logarithmic scale, as SVG. */
export function picture(lines: readonly Line[]): string {
  const sizes = lines[0]?.points.map(({ instances }) => instances) ?? [];
  const first = Math.min(...sizes);
  const last = Math.max(...sizes);
  const x = (instances: number) => scale(instances, first, last, PLOT.left, PLOT.right);
  const y = (posts: number) => scale(Math.max(posts, LOWEST), LOWEST, HIGHEST, PLOT.bottom, PLOT.top);
  const text = (at: readonly [number, number], content: string, attributes = "") =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${attributes}>${content}</text>`;

  const grid = TICKS.flatMap((tick) => [
    `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="${NEUTRAL}" stroke-opacity="0.3"/>`,
    text([PLOT.left - 8, y(tick) + 4], tick.toLocaleString("en"), 'text-anchor="end"'),
  ]);
  const axis = sizes.map((size) =>
    text([x(size), PLOT.bottom + 20], size.toLocaleString("en"), 'text-anchor="middle"'),
  );
  const drawn = lines.flatMap(({ strategy, points }, index) => {
    const { colour, width, shift } = STYLES[index] ?? { colour: NEUTRAL, width: 2.5, shift: 4 };
    const path = points.map(({ instances, postsPerHour }) => [x(instances), y(postsPerHour)] as const);
    const end = path.at(-1) ?? [0, 0];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="${width}" points="${path.map((at) => at.map((value) => value.toFixed(1)).join(",")).join(" ")}"/>`,
      ...path.map(
        ([cx, cy]) =>
          `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="${width + 1.5}" fill="${colour}"/>`,
      ),
      text([end[0] + 12, end[1] + shift], strategy, `style="fill:${colour};font-weight:600"`),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Token requests to Box in an hour by the number of environments" font-family="system-ui, sans-serif" font-size="13">`,
    `<style>text{fill:${NEUTRAL}}</style>`,
    text([PLOT.left - 60, 16], "token requests to Box in an hour"),
    ...grid,
    ...axis,
    text([(PLOT.left + PLOT.right) / 2, PLOT.bottom + 44], "environments", 'text-anchor="middle"'),
    ...drawn,
    "</svg>",
  ].join("\n")}\n`;
}

/** @returns where a number is between two ends, by its logarithm */
function scale(value: number, first: number, last: number, from: number, to: number): number {
  return from + ((to - from) * Math.log(value / first)) / Math.log(last / first);
}
