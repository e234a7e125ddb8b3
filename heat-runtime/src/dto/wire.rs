//! How the types of `dto` are read and written, in one place.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Types that Core sends. Absent and null members take their type's default; members in PascalCase are read too; unknown ones are
/// kept as they came.
macro_rules! received {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Members that this type does not name.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        const _: () = {
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Wire {
                $(
                    $(#[$field_meta])*
                    #[serde(default, deserialize_with = "crate::dto::wire::null_as_default")]
                    $field: $type,
                )*
                #[serde(flatten)]
                extra: serde_json::Map<String, serde_json::Value>,
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let (object, renamed) = crate::dto::wire::camel_case(serde_json::Map::deserialize(from)?);
                    let wire: Wire = serde_json::from_value(serde_json::Value::Object(object))
                        .map_err(|error| serde::de::Error::custom(format_args!("{}: {error}", stringify!($name))))?;
                    let mut extra = wire.extra;
                    crate::dto::wire::name_back(&mut extra, renamed);
                    Ok(Self { $($field: wire.$field,)* extra })
                }
            }
        };
    )*};
}

/// Types that Core takes: what must be there, then what may be left out.
macro_rules! sent {
    ($(
        $(#[$meta:meta])* pub struct $name:ident {
            required { $($(#[$required_meta:meta])* $required:ident: $required_type:ty,)* }
            optional { $($(#[$optional_meta:meta])* $optional:ident: $optional_type:ty,)* }
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$required_meta])* pub $required: $required_type,)*
            $(
                $(#[$optional_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*
            /// Further members, sent as they are.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }
    )*};
}

pub(crate) fn null_as_default<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Writes names in PascalCase in camelCase, and tells which those were. A camelCase name that has a value wins.
pub(crate) fn camel_case(object: Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
    if !object.keys().any(|name| name.starts_with(|first: char| first.is_ascii_uppercase())) {
        return (object, Vec::new());
    }
    let (pascal, mut object): (Map<_, _>, Map<_, _>) =
        object.into_iter().partition(|(name, _)| name.starts_with(|first: char| first.is_ascii_uppercase()));
    let mut renamed = Vec::new();
    for (name, value) in pascal {
        let camel = camel(&name);
        if object.get(&camel).is_none_or(Value::is_null) {
            object.insert(camel, value);
            renamed.push(name);
        } else {
            object.insert(name, value);
        }
    }
    (object, renamed)
}

/// Gives members that turned out to be unknown their own names back.
pub(crate) fn name_back(extra: &mut Map<String, Value>, renamed: Vec<String>) {
    for name in renamed {
        if let Some(value) = extra.remove(&camel(&name)) {
            extra.insert(name, value);
        }
    }
}

fn camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{NodeInstance, SessionDimensionUser};

    #[test]
    fn pascal_case_null_and_unknown_members() {
        let node: NodeInstance = serde_json::from_value(json!({
            "Id": 71, "name": null, "Name": "n", "lastState": null, "configuration": "camel", "Configuration": "pascal",
            "CurrentOutput": { "Id": 5, "DataPath": "a", "Odd": { "Kept": 1 } },
            "Parents": [{ "Id": 70 }, { "id": 69 }],
            "NewThing": { "Inner": true }, "other": null,
        }))
        .expect("a node");
        assert_eq!((node.id, node.name.as_str(), node.last_state, node.configuration.as_str()), (71, "n", 0, "camel"));
        assert_eq!(node.parents.iter().map(|parent| parent.id).collect::<Vec<_>>(), [70, 69]);
        let output = node.current_output.expect("an output");
        assert_eq!((output.id, output.data_path.as_str()), (Some(5), "a"));
        assert_eq!(output.extra.get("Odd"), Some(&json!({ "Kept": 1 })));
        assert_eq!(
            json!(node.extra),
            json!({ "Configuration": "pascal", "NewThing": { "Inner": true }, "other": null })
        );
    }

    #[test]
    fn odd_capitals_survive() {
        for name in ["externalHEATId", "ExternalHEATId"] {
            let user: SessionDimensionUser = serde_json::from_value(json!({ name: "g" })).expect("a user");
            assert_eq!(user.external_heat_id, "g");
        }
    }

    #[test]
    fn a_member_of_another_type_is_named() {
        let error = serde_json::from_value::<NodeInstance>(json!({ "id": "x" })).expect_err("an error").to_string();
        assert!(error.contains("NodeInstance") && error.contains("i64"), "{error}");
    }
}
