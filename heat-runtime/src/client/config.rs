use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::dto::PlatformConfig;
use crate::http::{Call, segment};
use crate::{Error, HeatRuntime, PlatformConfigFields, SetConfigOptions};

impl HeatRuntime {
    /// The configuration below a prefix, as nested JSON.
    pub async fn get_platform_configuration_by_prefix(&self, prefix: &str) -> Result<Value, Error> {
        let call = "get_platform_configuration_by_prefix";
        let prefix = segment(call, "prefix", prefix)?;
        Ok(self.send(Call::get(call, format!("/api/config/{prefix}"))).await?.document())
    }

    /// The configuration below a prefix, as an object; empty when it is none.
    pub async fn get_config(&self, prefix: &str) -> Result<Map<String, Value>, Error> {
        match self.get_platform_configuration_by_prefix(prefix).await? {
            Value::Object(config) => Ok(config),
            _ => Ok(Map::new()),
        }
    }

    /// One value by its dotted path: `runner_config.default_store` reads the configuration below `runner_config`. A path without a
    /// dot gives all of it. `None` where there is no such value; a path that ends above the values is such a one.
    pub async fn get_config_value(&self, dotted_path: &str) -> Result<Option<Value>, Error> {
        if dotted_path.is_empty() {
            return Ok(None);
        }
        let (prefix, rest) = dotted_path.split_once('.').unwrap_or((dotted_path, ""));
        let config = self.get_config(prefix).await?;
        if rest.is_empty() {
            return Ok(Some(Value::Object(config)));
        }
        Ok(flatten(config).remove(rest))
    }

    /// Sets one value by its dotted name, as text. An entry that is there keeps its type and description; one that is not is created
    /// with those of `options`.
    pub async fn set_config_value(
        &self,
        dotted_name: &str,
        value: impl ToString,
        options: &SetConfigOptions,
    ) -> Result<(), Error> {
        let value = value.to_string();
        match self.replace_config_value(dotted_name, &value).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        let fields = PlatformConfigFields {
            name: Some(dotted_name.to_owned()),
            value_type: Some(options.value_type.unwrap_or(0)),
            value: Some(value),
            description: options.description.clone(),
            extra: options.extra.clone(),
        };
        self.create_platform_config(&fields).await.map(drop)
    }

    /// Whether there was an entry to write the value to.
    async fn replace_config_value(&self, name: &str, value: &str) -> Result<bool, Error> {
        let call = "set_config_value";
        let name = segment(call, "dotted_name", name)?;
        let detail = self.send(Call::get(call, format!("/api/config/detail/{name}"))).await?.document();
        let Value::Object(entry) = detail else { return Ok(false) };
        let mut entry = crate::dto::camel_case(entry);
        entry.insert("value".to_owned(), json!(value));
        self.send(Call::put(call, format!("/api/config/{name}")).body(&entry)?).await?;
        Ok(true)
    }

    /// The whole configuration, as nested JSON.
    pub async fn get_all_platform_config(&self) -> Result<Value, Error> {
        Ok(self.send(Call::get("get_all_platform_config", "/api/config/all")).await?.document())
    }

    /// One entry by its exact name.
    pub async fn get_platform_config_detail(&self, name: &str) -> Result<PlatformConfig, Error> {
        let call = "get_platform_config_detail";
        let name = segment(call, "name", name)?;
        self.send(Call::get(call, format!("/api/config/detail/{name}"))).await?.one()
    }

    /// Creates an entry.
    pub async fn create_platform_config(&self, fields: &PlatformConfigFields) -> Result<Value, Error> {
        Ok(self.send(Call::post("create_platform_config", "/api/config").body(fields)?).await?.document())
    }

    /// Changes an entry.
    pub async fn update_platform_config(&self, name: &str, fields: &PlatformConfigFields) -> Result<Value, Error> {
        let call = "update_platform_config";
        let name = segment(call, "name", name)?;
        Ok(self.send(Call::put(call, format!("/api/config/{name}")).body(fields)?).await?.document())
    }

    /// Deletes an entry.
    pub async fn delete_platform_config(&self, name: &str) -> Result<(), Error> {
        let call = "delete_platform_config";
        let name = segment(call, "name", name)?;
        self.remove(Call::delete(call, format!("/api/config/{name}"))).await
    }
}

/// Nested objects as dotted names; lists are values.
pub(crate) fn flatten(object: Map<String, Value>) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    let mut open = vec![(String::new(), object)];
    while let Some((prefix, object)) = open.pop() {
        for (name, value) in object {
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match value {
                Value::Object(inner) => open.push((name, inner)),
                value => drop(flat.insert(name, value)),
            }
        }
    }
    flat
}

/// A value as JavaScript's `String(value)` writes it, which is what the official client puts into the environment.
pub(crate) fn js_string(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) => ryu_js::Buffer::new().format(float).to_owned(),
            None => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items = items.iter().map(|item| if item.is_null() { String::new() } else { js_string(item) });
            items.collect::<Vec<_>>().join(",")
        }
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn nested_keys_become_dotted_ones() {
        let flat =
            flatten(object(json!({ "a": 1, "b": { "c": { "d": "x" }, "e": [1, { "f": 2 }], "g": {} }, "h.i": null })));
        assert_eq!(json!(flat), json!({ "a": 1, "b.c.d": "x", "b.e": [1, { "f": 2 }], "h.i": null }));
    }

    #[test]
    fn values_are_written_as_javascript_writes_them() {
        for (value, text) in [
            (json!(null), "null"),
            (json!(true), "true"),
            (json!(12), "12"),
            (json!(1.0), "1"),
            (json!(1.5), "1.5"),
            (json!(1e21), "1e+21"),
            (json!(-0.0000001), "-1e-7"),
            (json!("x"), "x"),
            (json!([1, null, ["a", true], {}]), "1,,a,true,[object Object]"),
        ] {
            assert_eq!(js_string(&value), text);
        }
    }
}
