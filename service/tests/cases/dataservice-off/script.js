const run = () => ({ "$heat-dataservice": { realms: 5 }, dashboardUsers: 7 });
