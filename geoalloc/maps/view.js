// What every map has: a credit, a scale bar, and a view that fits what it shows.

geoalloc.credit = (attribution) => ["Leaflet", attribution].filter(Boolean).join(" | ");

/** Put the credit into a corner of the map. */
geoalloc.addCredit = (map, attribution) => {
  const Credit = L.Control.extend({
    options: { position: "bottomright" },
    onAdd: () => geoalloc.marks.element("div", "leaflet-control-attribution",
      geoalloc.credit(attribution)),
  });
  map.addControl(new Credit());
};

geoalloc.fit = (map, corners) => map.fitBounds(L.latLngBounds(corners), {
  animate: false, paddingTopLeft: [8, 8], paddingBottomRight: [8, 30] });

/** Fit the map to points (latitude, longitude), with a scale bar. */
geoalloc.view = (map, corners) => {
  const mapElement = map.getContainer();
  L.control.scale({ imperial: true, maxWidth: 110 }).addTo(map);
  geoalloc.fit(map, corners);
  map.setMinZoom(Math.floor(map.getZoom()) - 1);
  map.setMaxZoom(Math.ceil(map.getZoom()) + 8); // nothing here is finer than a hex
  new ResizeObserver(() => map.invalidateSize(false)).observe(mapElement);
};

/** Call back with the hex that is clicked, or that Enter finds in the middle. */
geoalloc.pick = (map, hexes, choose, miss = () => {}) => {
  const mapElement = map.getContainer();
  const chooseAt = (latlng) => {
    const hex = hexes.at(map.project(latlng, 0));
    if (hex >= 0) choose(hex); else miss();
  };
  map.on("click", (event) => chooseAt(event.latlng));
  mapElement.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === mapElement) chooseAt(map.getCenter());
  });
};

geoalloc.opened = (map, hexes) => {
  geoalloc.page = { map, hexes };
  document.documentElement.dataset.ready = "true";
};
