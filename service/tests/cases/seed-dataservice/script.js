async function run(ctx) { const ds = heat.dataservice.createBuilder({ defaultRealm: "default" }); ds.addGroup("ops", "Operations"); ds.value({ id: "kpis", name: "KPIs", groupId: "ops" }, { podCount: 4 }); ds.series({ id: "cpu", name: "CPU", groupId: "ops", realm: "run-a" }, [ { timeMs: 1000, value: 1.2 }, ]); return ds.buildRoot(); // { $heat-dataservice, dashboard_users: [] } }
// The page's line ends within a comment that swallows the function's last bracket: this one.
}
