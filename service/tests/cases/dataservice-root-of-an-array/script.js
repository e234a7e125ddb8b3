const run = () => [{ "$heat-dataservice": {} }];
