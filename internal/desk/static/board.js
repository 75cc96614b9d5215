// Draws the board's charts from the tables that stand beside them: a chart can show nothing that its table does not say.
// Hints are painted on the canvas, since the page's policy lets no script write styles into it. Without this script
// the tables stand open.
"use strict";
(() => {
  const tint = { imminent: "#b3201b", high: "#b4480b", medium: "#c79a16" };
  const ink = "#22302b", soft = "#5a6862", line = "#e2ddd2", green = "#1d5f50", late = "#d98a4e";
  const font = getComputedStyle(document.documentElement).fontFamily;
  const few = { color: "#e9efe9", borderColor: "#9cb8ad", borderType: "dashed", borderWidth: 1 };

  // One column of a table as bars: a number below ten is a pale bar as high as it could at most be.
  function bars(rows, column) {
    return rows.map((row) => {
      const cell = row.cells[column];
      const small = "small" in cell.dataset, n = Number(cell.dataset.n);
      return {
        value: small ? 9 : n, text: cell.textContent,
        itemStyle: small ? few : { color: column === 1 ? tint[row.dataset.key] || green : late },
      };
    });
  }
  function draw(figure) {
    const canvas = figure.querySelector(".canvas"), table = figure.querySelector("table");
    if (!canvas || !table) return;
    const rows = [...table.tBodies[0].rows], heads = [...table.tHead.rows[0].cells].map((c) => c.textContent);
    const across = figure.dataset.chart === "rows";
    const columns = heads.map((_, i) => i).filter((i) => rows[0].cells[i].dataset.n !== undefined && rows.some((r) => r.cells[i].dataset.n !== "0" || (i === 1 && "small" in r.cells[i].dataset)));
    if (across) canvas.classList.add(rows.length <= 2 ? "r2" : rows.length <= 6 ? "r6" : "r12");
    canvas.hidden = false;
    const names = { type: "category", data: rows.map((r) => r.cells[0].textContent), inverse: across, axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: soft, fontFamily: font, fontSize: 12, interval: across ? 0 : "auto", hideOverlap: !across } };
    const numbers = { type: "value", minInterval: 1, splitLine: { lineStyle: { color: line } }, axisLabel: { color: soft, fontFamily: font, fontSize: 11 } };
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    chart.setOption({
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 300,
      textStyle: { fontFamily: font },
      grid: { left: 8, right: across ? 48 : 12, top: 22, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: across ? numbers : names, yAxis: across ? names : numbers,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow", shadowStyle: { color: "#1d5f500f" } }, textStyle: { fontFamily: font, color: ink },
        formatter: (items) => { const r = rows[items[0].dataIndex]; return [...r.cells].map((c, i) => i ? heads[i] + "：" + c.textContent : c.textContent).join("\n"); } },
      series: columns.map((column) => ({
        name: heads[column], type: "bar", data: bars(rows, column), barMaxWidth: 34, barGap: "10%",
        label: { show: column === 1, position: across ? "right" : "top", color: ink, fontFamily: font, fontSize: 11.5, formatter: (p) => p.data.text },
        labelLayout: { hideOverlap: true },
      })),
    });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", figure.querySelector("h3").textContent + "的图，同样的数字在下面的表格里");
    figure.querySelector("details").removeAttribute("open");
    new ResizeObserver(() => chart.resize()).observe(canvas);
    figure.dataset.drawn = "true";
  }
  if (window.echarts) document.querySelectorAll("figure[data-chart]").forEach(draw);
})();
