"use strict";
// The one script that is not packed: it unpacks the others, and runs them in order.

/** What an element of the page holds: JSON, deflated, in base64. */
const unpacked = async (id) => {
  const text = document.getElementById(id).textContent;
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};

(async () => {
  if (!window.DecompressionStream) {
    document.body.prepend("This map needs a browser of 2023 or later.");
    return;
  }
  for (const code of await unpacked("code")) { // each is allowed by its hash
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    script.remove();
  }
})();
