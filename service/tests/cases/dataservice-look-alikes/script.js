const channels = { length: 1, 0: { id: "x" } };
const named = JSON.parse('{"__proto__":{"realms":[]},"constructor":{"name":"x"},"groups":[]}');
const run = () => ({ "$heat-dataservice": { ...named, realms: channels }, get dashboard_users() { return new String("x"); } });
