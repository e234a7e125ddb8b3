// Not to be written in UTF-8, so it is escaped, as JSON.stringify does.
function run() { return { high: "a\ud83d", low: "\ude00b", pair: "\ud83d\ude00", "key\ud800": 1 }; }
