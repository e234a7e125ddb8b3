const metadata = JSON.parse('{"__proto__":{"units":"m"},"toString":null,"":0}');
const channel = JSON.parse('{"__proto__":[1],"id":"__proto__","name":"constructor","groupId":"toString","shape":"value","data":{"value":{"__proto__":1}}}');
const run = () => ({
  "$heat-dataservice": { groups: [{ id: "toString", name: "hasOwnProperty" }], realms: [{ name: "__proto__", channels: [{ ...channel, metadata }] }] },
});
