//! How the types of `dto` are read and written, in one place.

use std::collections::BTreeMap;

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
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
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let (wire, extra): (Wire, _) = crate::dto::wire::read(from, stringify!($name))?;
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

/// Reads the fields of `W`, which are in camelCase, and everything else. Fields in PascalCase are read too; a camelCase one that has a
/// value wins. Members are taken as text first: to make values of all of them, at each level of nesting again, is most of what reading
/// an answer costs.
pub(crate) fn read<'de, W, D>(from: D, type_name: &str) -> Result<(W, Map<String, Value>), D::Error>
where
    W: DeserializeOwned,
    D: Deserializer<'de>,
{
    let members = BTreeMap::<String, Box<RawValue>>::deserialize(from)?;
    let fields = fields_of::<W>();
    let field = |name: &str| fields.iter().copied().find(|field| *field == name);
    let (mut known, mut unknown) = (BTreeMap::new(), Vec::new());
    for (name, raw) in &members {
        match field(name) {
            Some(field) => drop(known.insert(field, &**raw)),
            None => unknown.push((name, &**raw)),
        }
    }
    let mut extra = Map::new();
    for (name, raw) in unknown {
        let pascal = name.starts_with(|first: char| first.is_ascii_uppercase());
        match pascal.then(|| field(&camel(name))).flatten() {
            Some(field) if known.get(field).is_none_or(|raw| raw.get() == "null") => {
                known.insert(field, raw);
            }
            _ => {
                let value = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
                extra.insert(name.clone(), value);
            }
        }
    }
    let known: MapDeserializer<'_, _, serde_json::Error> = MapDeserializer::new(known.into_iter());
    let wire = W::deserialize(known).map_err(|error| D::Error::custom(format_args!("{type_name}: {error}")))?;
    Ok((wire, extra))
}

/// The names that a derived `Deserialize` asks for.
fn fields_of<'de, W: Deserialize<'de>>() -> &'static [&'static str] {
    struct Asked<'f>(&'f mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Asked<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _name: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
            Err(Self::Error::custom(""))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut fields: &'static [&'static str] = &[];
    // There is nothing to read, so this fails; what was asked for is known then.
    let _ = W::deserialize(Asked(&mut fields));
    fields
}

/// Writes names in PascalCase in camelCase; a camelCase name that has a value wins.
pub(crate) fn camel_case(object: Map<String, Value>) -> Map<String, Value> {
    let is_pascal = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    let (pascal, mut object): (Map<_, _>, Map<_, _>) = object.into_iter().partition(|(name, _)| is_pascal(name));
    for (name, value) in pascal {
        let camel = camel(&name);
        let name = if object.get(&camel).is_none_or(Value::is_null) { camel } else { name };
        object.insert(name, value);
    }
    object
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
