const run = () => ({ "$heat-dataservice": { realms: [] }, suggestedLayoutConfiguration: {} });
