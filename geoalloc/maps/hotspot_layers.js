// The layers of a map of hotspots, on a light or a dark ground.

geoalloc.GROUNDS = {
  light: { land: "#fffdf7", casing: "#ffffff", line: "#5b6670", water: "#7fa6c4",
    dark: "#1d252b", spot: "#a3005c", chosen: "#000000", seam: "#ffffff",
    five: ["#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e"],
    three: ["#dcc96d", "#7f8078", "#00224e"],
    kinds: ["#00224e", "#c2410c", "#d9b23a", "#5b9bc8", "#b9c1c6"] },
  dark: { land: "#1c242a", casing: "#000000", line: "#8b969e", water: "#3c6683",
    dark: "#c8d0d5", spot: "#ff7ab8", chosen: "#ffffff", seam: "#11171b",
    five: ["#1c3f78", "#56607a", "#8a8678", "#c6b25f", "#fee838"],
    three: ["#4a5f94", "#a39a76", "#fee838"],
    kinds: ["#fee838", "#f0813a", "#a8955a", "#5b9bc8", "#5d6972"] },
};

geoalloc.HotspotLayers = class extends geoalloc.Layers {
  static RANKED = 20; // numbers on the whole map; four times as many each zoom closer
  static NAMED = 2; // zooms from the whole map to names of hotspots, if towns have theirs
  static MAJOR = 8; // names that come before those of hotspots
  static LONGEST = 26; // characters of a name on the map
  static WIDE = 7; // pixels from the center of a hex to its corners: lines in full

  constructor(map, data, hexes, choose) {
    super(map, data, hexes, choose);
    this.night = false;
    this.ground();
    const districts = geoalloc.codec.lines(data.areas.district);
    this.groups.districts = this.lines(districts, "context", geoalloc.INK.dark, 1.3,
      { opacity: 0.75 });
    this.hasDistricts = districts.length > 0;
    this.addHotspots(geoalloc.GROUNDS.light.spot);
    this.addPlaces();
    this.addSpotNames();
    this.label(this.order());
  }

  get ink() {
    return geoalloc.GROUNDS[this.night ? "dark" : "light"];
  }

  addSpotNames() {
    const { LONGEST, NAMED, RANKED } = geoalloc.HotspotLayers;
    const spots = this.data.hotspots.filter((one) => one.hexes.length);
    this.spotNames = [];
    spots.forEach((spot, k) => {
      const rank = this.ranks[k];
      rank.zooms = Math.max(0, Math.log((k + 1) / RANKED) / Math.log(4));
      if (spot.place === spot.gridRef) return; // no name, only where it is
      const text = spot.place.length > LONGEST
        ? `${spot.place.slice(0, LONGEST - 1).trimEnd()}…` : spot.place;
      const item = this.named(text, spot.at, "spot-name", "600 11px", 14);
      item.rank = rank;
      item.zooms = Math.max(rank.zooms, this.places.length ? NAMED : 0);
      this.spotNames.push(item);
    });
    this.groups.hotspots.addLayer(
      L.layerGroup(this.spotNames.map((item) => item.made)));
  }

  /** Names of hotspots stand beside their number, wherever that found room. */
  beside() {
    for (const item of this.spotNames) {
      const { rank: { offset, element }, width: w } = item, [x, y] = offset || [];
      item.tries = element.hidden ? [] : [[x + 21, y + 2], [x - w - 3, y + 2],
        [x + 9 - w / 2, y + 20], [x + 9 - w / 2, y - 15]];
    }
    return this.has("hotspots");
  }

  order() {
    const { MAJOR } = geoalloc.HotspotLayers, places = () => this.has("places");
    return [
      { items: this.ranks, shown: () => this.has("hotspots"), gap: () => 0 },
      { items: this.places.slice(0, MAJOR), shown: places, gap: () => 2 },
      { items: this.spotNames, shown: () => this.beside(), gap: () => 2 },
      { items: this.places.slice(MAJOR), shown: places, gap: (zoom) => this.sparse(zoom) },
    ];
  }

  resize() {
    const across = this.hexes.radius * 2 ** this.map.getZoom();
    this.grow = Math.min(1, Math.max(0.6, across / geoalloc.HotspotLayers.WIDE));
    for (const item of [...this.ranks, ...this.spotNames]) {
      item.from = item.zooms ? this.whole + item.zooms : -Infinity;
      item.until = Infinity;
    }
    super.resize();
  }

  /** Draw on a dark ground, for a dark room, or on a light one. */
  darken(on) {
    this.night = on;
    const { ink } = this;
    this.map.getContainer().classList.toggle("night", on);
    this.land.setStyle({ fillColor: ink.land });
    this.rivers.setStyle({ color: ink.water });
    this.border.setStyle({ color: ink.line });
    this.groups.districts.setStyle({ color: ink.dark });
    for (const { lines } of this.data.hotspots) {
      lines?.forEach((line, k) => line.setStyle({ color: k ? ink.spot : ink.casing }));
    }
    this.restyle();
    L.setOptions(this.fill, { seam: ink.seam });
  }

  trace(lines) {
    super.trace(lines);
    this.restyle();
  }

  restyle() {
    const { ink } = this;
    this.selection.getLayers().forEach((line, k) =>
      line.setStyle({ color: k % 2 ? ink.chosen : ink.casing }));
  }

  /** Mark the number of the hotspot that is chosen; none if it is undefined. */
  mark(spot) {
    const spots = this.data.hotspots.filter((one) => one.hexes.length);
    this.ranks.forEach((item, k) =>
      item.element.classList.toggle("chosen", spots[k] === spot));
  }
};
