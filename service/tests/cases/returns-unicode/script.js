async function run() { return { "ключ": "значение", emoji: "👩‍👩‍👧 ☃", combined: "e\u0301", astral: "𝒳".length, escaped: "\u{1F600}" }; }
