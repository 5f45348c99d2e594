// What a heat map needs in the browser beside Leaflet: base map, names, cells, printing. No request is ever made.
const peta = (() => {
  "use strict";
  const CASED = ["secondary", "primary", "toll"]; // roads with an edge, so that they read on water and on land
  const COUNT_FITS_PX = 40; // a cell this wide has room for its number
  const RANK_FITS_PX = 58; // … and for its rank in a corner as well

  const drawn = (map, kind, geometry, part) =>
    L.geoJSON(geometry, { pane: "dasar", interactive: false, style: { className: `dasar ${kind} ${part}`, weight: 1 } }).addTo(map);

  function base(map, layers) {
    const areas = layers.filter(([, geometry]) => geometry.type === "MultiPolygon");
    const lines = layers.filter(([, geometry]) => geometry.type !== "MultiPolygon");
    for (const [kind, geometry] of areas) drawn(map, kind, geometry, "bidang");
    for (const [kind, geometry] of lines) if (CASED.includes(kind)) drawn(map, kind, geometry, "tepi");
    for (const [kind, geometry] of lines) drawn(map, kind, geometry, "isi");
    const wide = () => map.getContainer().style.setProperty("--besar", String(Math.max(0.7, Math.min(3, 2 ** ((map.getZoom() - 12.5) / 1.6)))));
    map.on("zoomend", wide);
    map.whenReady(wide);
  }

  const text = (className, words) => {
    const node = document.createElement("span");
    node.className = className;
    node.textContent = words;
    return node;
  };

  const mark = (map, at, node, pane) =>
    L.marker(at, { pane, interactive: false, keyboard: false, icon: L.divIcon({ html: node, className: "titik", iconSize: [0, 0] }) }).addTo(map);

  const box = ({ x, y }, node) => {
    const w = node.offsetWidth / 2 + 4;
    const h = node.offsetHeight / 2;
    return [x - w, y - h, x + w, y + h];
  };
  const meets = (one, taken) => taken.some((t) => one[0] < t[2] && one[2] > t[0] && one[1] < t[3] && one[3] > t[1]);

  let taken = []; // room that ranks and numbers of cells need; names go between them or not at all
  let names = [];

  function labels(map, given) {
    names = given.map(([kind, name, lat, lon]) => {
      const node = text(`nama ${kind}`, name);
      mark(map, [lat, lon], node, "nama");
      return { kind, node, at: L.latLng(lat, lon) };
    });
  }

  function placeNames(map, cellPx) {
    const room = [...taken];
    for (const { kind, node, at } of names) {
      node.hidden = kind === "kelurahan" && map.getZoom() < 13.25;
      if (node.hidden) continue;
      const point = map.latLngToContainerPoint(at);
      const shift = [0, 0.25, -0.25, 0.5, -0.5].map((part) => part * cellPx).find((dy) => !meets(box(point.add([0, dy]), node), room));
      node.hidden = shift === undefined;
      if (node.hidden) continue;
      node.style.marginTop = `${shift}px`;
      room.push(box(point.add([0, shift]), node));
    }
  }

  // cells: [ring of [lat, lon], count, class 0…, rank or 0, place] · extent: what the first sight shows
  function cells(map, given, extent, words) {
    const numbers = [];
    for (const [ring, count, shade, rank, place] of given) {
      const tip = document.createElement("div");
      tip.append(text("jumlah", `${count.toLocaleString(words.locale)} ${words.incidents}`));
      if (place) tip.append(text("tempat", place));
      const cell = L.polygon(ring, { className: `sel k${shade}`, weight: 1 }).bindTooltip(tip, { sticky: true, opacity: 1 }).addTo(map);
      const number = text(`angka k${shade}`, count.toLocaleString(words.locale));
      const badge = rank ? text("urutan", String(rank)) : null;
      const both = document.createElement("div");
      both.append(number, ...(badge ? [badge] : []));
      mark(map, cell.getBounds().getCenter(), both, "nama");
      numbers.push({ number, badge, at: cell.getBounds().getCenter() });
    }
    const width = () => {
      if (!given.length) return 0;
      const ring = given[0][0];
      return Math.abs(map.latLngToContainerPoint(ring[0]).x - map.latLngToContainerPoint(ring[1]).x);
    };
    const fit = () => {
      const px = width();
      map.getContainer().style.setProperty("--sel", `${px}px`);
      taken = [];
      for (const { number, badge, at } of numbers) {
        const point = map.latLngToContainerPoint(at);
        number.hidden = px < COUNT_FITS_PX || (badge !== null && px < RANK_FITS_PX);
        if (badge) {
          const corner = px >= RANK_FITS_PX;
          badge.classList.toggle("pojok", corner);
          badge.hidden = false;
          const room = box(corner ? point.subtract([px / 2 - 13, px / 2 - 13]) : point, badge);
          badge.hidden = meets(room, taken);
          if (!badge.hidden) taken.push(room);
        }
        if (!number.hidden) taken.push(box(point, number));
      }
      placeNames(map, px);
    };
    map.on("zoomend resize", fit);

    L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 140 }).addTo(map);
    let isMoved = false; // until somebody moves the map, it shows all cells, whatever becomes of the window
    const sight = () => map.fitBounds(extent, { animate: false, padding: [16, 16] });
    sight();
    fit();
    const soft = document.getElementById("halus");
    const shape = () => map.getContainer().classList.toggle("halus", soft.checked);
    soft.addEventListener("change", shape);
    shape();
    document.getElementById("cetak").addEventListener("click", () => window.print());
    for (const button of document.querySelectorAll("button[data-rank]")) {
      button.addEventListener("click", () => {
        isMoved = true;
        map.setView(numbers[Number(button.dataset.rank) - 1].at, Math.max(map.getZoom(), 14.5), { animate: false });
      });
    }
    // Leaflet measures its box in pixels: lay the sheet out as the paper will be before the browser prints it.
    let seen = null;
    const lay = (on) => {
      if (on) seen = map.getBounds();
      document.body.classList.toggle("kertas", on);
      map.invalidateSize({ animate: false });
      if (isMoved) map.fitBounds(seen, { animate: false });
      else sight();
    };
    window.addEventListener("beforeprint", () => lay(true));
    window.addEventListener("afterprint", () => lay(false));
    for (const kind of ["pointerdown", "wheel", "keydown"]) map.getContainer().addEventListener(kind, () => (isMoved = true), { passive: true });
    window.addEventListener("resize", () => {
      map.invalidateSize({ animate: false });
      if (!isMoved) sight();
    });
  }

  return { base, labels, cells };
})();
