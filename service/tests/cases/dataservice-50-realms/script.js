const run = () => ({ "$heat-dataservice": { groups: [], realms: Array.from({ length: 50 }, (_, n) => ({ name: `r${n}`, channels: [] })) }, rest: 1 });
