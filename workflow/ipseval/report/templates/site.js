"use strict";
// Search in everything that an exhibit shows, and a menu that is folded on a phone. Without it the
// list, the open menu and the browser's own search do.
(function () {
  var box = document.getElementById("find");
  var found = document.getElementById("found");
  var items = Array.from(document.querySelectorAll("li[data-exhibit]"));
  var texts = new Map();
  function textOf(item) {
    var id = item.dataset.exhibit;
    if (!texts.has(id)) {
      var exhibit = document.getElementById(id);
      texts.set(id, (item.textContent + " " + exhibit.textContent).toLowerCase());
    }
    return texts.get(id);
  }
  function search() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    items.forEach(function (item) {
      var shown = words.every(function (word) { return textOf(item).includes(word); });
      item.hidden = !shown;
      count += shown ? 1 : 0;
    });
    document.querySelectorAll("details.list").forEach(function (list) {
      list.open = words.length > 0 && list.querySelector("li:not([hidden])") !== null;
    });
    found.textContent = words.length ? count + " of " + items.length : "";
  }
  var menu = document.querySelector("details.menu");
  var narrow = window.matchMedia("(max-width: 59.99rem)");
  function fold() { menu.open = !narrow.matches; }
  fold();
  narrow.addEventListener("change", fold);
  menu.addEventListener("click", function (event) {
    if (narrow.matches && event.target.tagName === "A") { menu.open = false; }
  });
  box.parentElement.hidden = false;
  box.addEventListener("input", search);
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      box.focus();
    }
  });
})();
