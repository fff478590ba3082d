// Draws the charts of reports with ECharts. The figures come from the table that stands beside
// every chart for those who read tables: `<figure data-chart="KIND">` with a
// `.chart-box` and a table, whose rows carry data-* figures. Colours come from the variables of the look and
// are read again when the theme changes. Nothing here writes a style attribute.
(() => {
  "use strict";
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const number = (text) => (text === undefined || text === "" ? null : Number(text));
  const rows = (figure) =>
    Array.from(figure.querySelectorAll("tbody tr[data-day]"), (row) => ({
      day: row.dataset.label,
      score: number(row.dataset.score),
      calls: number(row.dataset.calls) ?? 0,
      chosen: row.dataset.chosen === "1",
      value: number(row.dataset.value),
      shown: row.dataset.shown ?? "",
      said: row.dataset.said ?? "",
      href: row.dataset.href ?? "",
    }));

  const font = () => getComputedStyle(document.body).fontFamily;
  const words = (name, size = 12) => ({ color: colour(name), fontSize: size, fontFamily: font() });

  // At most five lines of the grid, cut to where the scores are; columns always begin at nought.
  const scoreAxis = (values) => {
    const low = Math.min(...values), high = Math.max(...values);
    const step = [5, 10, 20, 25].find((each) => Math.ceil((high + 1) / each) - Math.floor((low - 1) / each) <= 4) ?? 25;
    return {
      min: Math.max(0, Math.floor((low - 1) / step) * step),
      max: Math.min(100, Math.ceil((high + 1) / step) * step),
      interval: step,
    };
  };

  const tooltip = (texts) => ({
    trigger: "axis",
    renderMode: "richText",
    confine: true,
    backgroundColor: colour("raise"),
    borderColor: colour("line"),
    textStyle: words("ink"),
    axisPointer: { type: "line", lineStyle: { color: colour("line2"), width: 1 } },
    formatter: (shown) => texts[(Array.isArray(shown) ? shown[0] : shown).dataIndex],
  });

  const days = (list) => list.map((each) => each.day);

  function trend(list) {
    const scores = list.map((each) => each.score);
    const known = scores.filter((each) => each !== null);
    const firstChosen = list.findIndex((each) => each.chosen);
    const chosenKnown = list.flatMap((each, at) => (each.chosen && each.score !== null ? [at] : []));
    const labelled = new Set([chosenKnown[0], chosenKnown.at(-1)]);
    // a label stands on the side where the line does not go
    const side = (at) => {
      const at0 = chosenKnown.indexOf(at);
      const near = scores[chosenKnown[at0 === 0 ? 1 : at0 - 1]];
      return near === undefined || scores[at] > near ? "top" : "bottom";
    };
    // the dashed line ends where the solid one begins
    const before = list.map((each, at) => (at <= (chosenKnown[0] ?? firstChosen) ? each.score : null));
    const chosen = list.map((each) => (each.chosen ? each.score : null));
    const axis = known.length > 0 ? scoreAxis(known) : { min: 0, max: 100, interval: 25 };
    const quiet = { axisLine: { show: false }, axisTick: { show: false } };
    const narrow = window.innerWidth < 600;
    return {
      animation: false,
      grid: [
        { left: 32, right: 22, top: 10, bottom: "38%" },
        { left: 32, right: 22, top: "70%", bottom: 26 },
      ],
      tooltip: tooltip(list.map((each) => each.said)),
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      xAxis: [
        { type: "category", data: days(list), gridIndex: 0, boundaryGap: true, axisLabel: { show: false }, ...quiet },
        {
          type: "category", data: days(list), gridIndex: 1, boundaryGap: true, ...quiet,
          axisLabel: {
            ...words("ink3"), showMinLabel: true, showMaxLabel: true, hideOverlap: true,
            interval: Math.max(0, Math.ceil(list.length / (narrow ? 3 : 5)) - 1),
          },
        },
      ],
      yAxis: [
        { type: "value", gridIndex: 0, ...axis, axisLabel: words("ink3"), splitLine: { lineStyle: { color: colour("line") } } },
        { type: "value", gridIndex: 1, min: 0, axisLabel: { show: false }, splitLine: { show: false } },
      ],
      series: [
        {
          type: "line", data: before, xAxisIndex: 0, yAxisIndex: 0, symbol: "none", connectNulls: true, silent: true,
          lineStyle: { color: colour("ink3"), width: 1.5, type: [2, 3] },
        },
        {
          type: "line", xAxisIndex: 0, yAxisIndex: 0, connectNulls: true, symbol: "circle", symbolSize: list.length > 70 ? 5 : 7,
          showAllSymbol: true, cursor: "pointer",
          lineStyle: { color: colour("accent"), width: 2 },
          itemStyle: { color: colour("bg"), borderColor: colour("accent"), borderWidth: 2 },
          data: chosen.map((value, at) => ({
            value,
            label: {
              show: labelled.has(at) && value !== null, position: labelled.has(at) ? side(at) : "top", distance: 7,
              formatter: list[at].shown, ...words("ink"), fontWeight: 600,
              align: at === list.length - 1 ? "right" : "center",
            },
          })),
          markArea: firstChosen < 0 ? undefined : {
            silent: true, itemStyle: { color: colour("side") },
            data: [[{ xAxis: firstChosen }, { xAxis: list.length - 1 }]],
          },
        },
        {
          type: "bar", xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: "30%", cursor: "pointer",
          data: list.map((each) => ({
            value: each.calls,
            itemStyle: { color: colour(each.chosen ? "h2" : "line") },
          })),
        },
      ],
    };
  }

  function columns(list) {
    const narrow = window.innerWidth < 600;
    return {
      animation: false,
      grid: { left: 6, right: 6, top: 12, bottom: 24 },
      tooltip: tooltip(list.map((each) => each.said)),
      xAxis: {
        type: "category", data: days(list), axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } },
        axisLabel: { ...words("ink3"), hideOverlap: true, interval: Math.max(0, Math.ceil(list.length / (narrow ? 3 : 6)) - 1) },
      },
      yAxis: { type: "value", min: 0, axisLabel: { show: false }, splitNumber: 3, splitLine: { lineStyle: { color: colour("line") } } },
      series: [{
        type: "bar", barCategoryGap: "30%", barMaxWidth: 28, cursor: "pointer",
        itemStyle: { color: colour("accent") }, data: list.map((each) => each.value ?? 0),
      }],
    };
  }

  const kinds = { trend, columns };

  function start(figure) {
    const draw = kinds[figure.dataset.chart];
    const box = figure.querySelector(".chart-box");
    if (!draw || !box || !window.echarts) return;
    const list = rows(figure);
    if (list.length === 0) return;
    box.hidden = false;
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    const paint = () => chart.setOption(draw(list), { notMerge: true });
    paint();
    // a click anywhere over a day opens the calls of the day: columns of quiet days are too thin to hit
    chart.getZr().on("click", (event) => {
      const grids = figure.dataset.chart === "trend" ? [0, 1] : [0];
      for (const gridIndex of grids) {
        const point = [event.offsetX, event.offsetY];
        if (!chart.containPixel({ gridIndex }, point)) continue;
        const at = chart.convertFromPixel({ xAxisIndex: gridIndex }, event.offsetX);
        const href = list[Math.round(at)]?.href;
        if (href) window.location.assign(href);
        return;
      }
    });
    new ResizeObserver(() => chart.resize()).observe(box);
    new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  }

  const startAll = () => document.querySelectorAll("figure[data-chart]").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startAll);
  else startAll();
})();
