// Maps: zoom, move, and tell what lies under the pointer. All panels of a figure move together.
"use strict";

const NOTHING_THERE = 255;
const CLOSEST = 24;            // the largest zoom
const tip = document.body.appendChild(document.createElement("div"));
tip.className = "tip";
tip.hidden = true;

// The zones under the pixels are unpacked when the first map is pointed at.
let zoneNumbers = null;
function unpackZones() {
  zoneNumbers ??= Promise.all(DATA.zonings.map((zoning) => unpackNumbers(zoning.numbers)));
  return zoneNumbers;
}

function at(layer, x, y) {
  const row = Math.min(Math.floor(y * layer.height), layer.height - 1);
  const column = Math.min(Math.floor(x * layer.width), layer.width - 1);
  return layer.data[row * layer.width + column];
}

// What an index of a picture says: a class, or a value with its unit.
function tellIndex(tell, index) {
  if (index === NOTHING_THERE || index === undefined) return say("no_data");
  if (tell.names) return tell.names[index];
  const edge = index === 0 && tell.below ? "≤" : index === 100 && tell.above ? "≥" : "";
  return `${edge}${writeNumber(tell.low + tell.step * index, tell.decimals, tell.signed)} ${tell.unit}`.trim();
}

for (const figure of document.querySelectorAll("figure.map")) {
  const tell = DATA.maps[figure.id];
  const views = [...figure.querySelectorAll(".view")];
  const told = figure.querySelector(".told");
  let zoom = 1, left = 0, top = 0;            // left and top of the ground, as a share of the view
  let layers = null;

  function unpack() {
    layers ??= Promise.all(views.map((view) => {
      const image = view.querySelector("img");
      return image ? unpackPicture(image.src) : null;
    }));
    return Promise.all([layers, unpackZones()]);
  }

  function show() {
    const most = 0, least = 1 - zoom;
    left = Math.min(most, Math.max(least, left));
    top = Math.min(most, Math.max(least, top));
    for (const view of views) {
      const ground = view.querySelector(".ground");
      ground.style.cssText = `left:${left * 100}%;top:${top * 100}%;width:${zoom * 100}%;height:${zoom * 100}%`;
      view.classList.toggle("near", zoom > 1);
    }
    showScale();
  }

  // The longest round length within 30 percent of the width.
  function showScale() {
    const longest = 0.3 * DATA.kilometres / zoom;
    const power = 10 ** Math.floor(Math.log10(longest));
    const length = [5, 2, 1].find((factor) => factor * power <= longest) * power;
    const bar = figure.querySelector(".scale");
    bar.style.width = `${100 * length * zoom / DATA.kilometres}%`;
    bar.firstElementChild.textContent = say("kilometres", { length: Number(length.toPrecision(3)).toLocaleString("en-US") });
  }

  function zoomBy(factor, x = 0.5, y = 0.5) {
    const wanted = Math.min(CLOSEST, Math.max(1, zoom * factor));
    left = x - (x - left) * wanted / zoom;
    top = y - (y - top) * wanted / zoom;
    zoom = wanted;
    show();
  }

  // Where in a view an event is, as shares of its width and height.
  function placeOf(view, event) {
    const box = view.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  async function describe(place, x, y) {
    const [pictures, zones] = await unpack();
    const [gx, gy] = [(x - left) / zoom, (y - top) / zoom];
    if (gx < 0 || gy < 0 || gx >= 1 || gy >= 1) return [];
    const numbers = zones.map((layer) => at(layer, gx, gy));
    const lines = [];
    if (pictures[place]) lines.push(tellIndex(tell, at(pictures[place], gx, gy)));
    else if (numbers[tell.zoning]) lines.push(tell.texts[numbers[tell.zoning] - 1] ?? say("no_data"));
    DATA.zonings.forEach((zoning, number) => {
      if (numbers[number]) lines.push(zoning.title + say("colon") + zoning.names[numbers[number] - 1]);
    });
    return lines;
  }

  async function point(place, event) {
    const lines = await describe(place, ...placeOf(views[place], event));
    tip.hidden = !lines.length;
    tip.replaceChildren(...lines.map((line, number) => {
      const row = document.createElement(number ? "div" : "strong");
      row.textContent = line;
      return row;
    }));
    const width = tip.offsetWidth, height = tip.offsetHeight;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 4))}px`;
    tip.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18}px`;
  }

  // Keyboard readers are told what lies in the middle.
  async function tellMiddle(place) {
    told.textContent = (await describe(place, 0.5, 0.5)).join(say("clause"));
  }

  views.forEach((view, place) => {
    const fingers = new Map();
    let moved = 0, spread = 0;
    view.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, placeOf(view, event));
      moved = 0;
      spread = 0;
    });
    view.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) {
        if (event.pointerType === "mouse") point(place, event);
        return;
      }
      const [before, now] = [fingers.get(event.pointerId), placeOf(view, event)];
      fingers.set(event.pointerId, now);
      moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      const [first, second] = [...fingers.values()];
      if (second) {
        const apart = Math.hypot(first[0] - second[0], first[1] - second[1]);
        if (spread) zoomBy(apart / spread, (first[0] + second[0]) / 2, (first[1] + second[1]) / 2);
        spread = apart;
      } else if (zoom > 1 && moved > 0.01) {
        view.setPointerCapture(event.pointerId);
        tip.hidden = true;
        left += now[0] - before[0];
        top += now[1] - before[1];
        show();
      }
    });
    for (const end of ["pointerup", "pointercancel"]) {
      view.addEventListener(end, (event) => {
        if (end === "pointerup" && fingers.size === 1 && moved < 0.02) point(place, event);
        fingers.delete(event.pointerId);
        spread = 0;
      });
    }
    view.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") tip.hidden = true;
      fingers.delete(event.pointerId);
    });
    // The wheel scrolls the page until the map has been clicked: a long page of maps could not be read otherwise.
    view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== view) return;
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), ...placeOf(view, event));
    }, { passive: false });
    view.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
      if (steps[event.key]) {
        left += steps[event.key][0];
        top += steps[event.key][1];
        show();
      } else if (event.key === "+" || event.key === "=") zoomBy(1.5);
      else if (event.key === "-") zoomBy(1 / 1.5);
      else if (event.key === "0") zoomBy(1 / CLOSEST);
      else return;
      event.preventDefault();
      tellMiddle(place);
    });
    view.addEventListener("focus", () => { if (view.matches(":focus-visible")) tellMiddle(place); });
    view.addEventListener("blur", () => { told.textContent = ""; });
  });
  const actions = { in: () => zoomBy(1.6), out: () => zoomBy(1 / 1.6), reset: () => zoomBy(1 / CLOSEST) };
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", actions[button.dataset.zoom]);
  }
}
addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
