"use strict";
// The token travels in a header of one request and never in an address; the answer is a cookie that scripts cannot read.
document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("said");
  said.textContent = "";
  try {
    const token = new TextEncoder().encode(document.getElementById("token").value);
    const answer = await fetch("/session", { headers: { authorization: `Bearer ${String.fromCharCode(...token)}` } });
    if (answer.status === 204) return location.replace("/");
    said.textContent = (await answer.text()).trim();
  } catch {
    said.textContent = "The dashboard does not answer.";
  }
});
