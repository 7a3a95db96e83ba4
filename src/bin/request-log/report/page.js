"use strict";
const box = document.getElementById("search");
const all = Array.from(document.querySelectorAll("details.exchange"));
const texts = all.map((exchange) => exchange.textContent.toLowerCase());
const found = document.getElementById("found");
function search() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  all.forEach((exchange, at) => {
    exchange.hidden = !words.every((word) => texts[at].includes(word));
    shown += exchange.hidden ? 0 : 1;
  });
  found.textContent = words.length ? `${shown} of ${all.length} shown` : "";
}
box.addEventListener("input", search);
search();
