//! Opening one value of a document by its plan, in the one pass of the parser.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Members, Opened, Plan, shorten, string};

/// Opens the next value by a plan; of each array in it, no more entries than so many are kept.
pub(super) struct Opening {
    pub(super) plan: &'static Plan,
    pub(super) max_entries: usize,
}

impl Opening {
    /// The members of `plan`, and the text of all others where they are kept: as they are spelt, half a surrogate pair in a
    /// key included. Where they are not, such a key is an error.
    fn members<'de, A: MapAccess<'de>>(
        self,
        plan: &'static [(&'static str, Plan)],
        keeps_others: bool,
        mut map: A,
    ) -> Result<Opened<'de>, A::Error> {
        let mut values: Vec<_> = plan.iter().map(|_| Opened::Absent).collect();
        let mut others = String::new();
        while let Some(key) = map.next_key::<&RawValue>()? {
            let name = match string(key) {
                Some(Err(error)) if !keeps_others => return Err(A::Error::custom(error)),
                name => name.and_then(Result::ok),
            };
            let slot = name.and_then(|name| plan.iter().position(|(planned, _)| *planned == name));
            let planned = slot.and_then(|slot| Some((plan.get(slot)?, values.get_mut(slot)?)));
            if let Some(((_, plan), value)) = planned {
                *value = map.next_value_seed(Self { plan, max_entries: self.max_entries })?;
            } else if keeps_others {
                let value = map.next_value::<&RawValue>()?;
                if !others.is_empty() {
                    others.push(',');
                }
                others.extend([key.get(), ":", value.get()]);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Opened::Object(Members { plan, values, others }))
    }
}

impl<'de> DeserializeSeed<'de> for Opening {
    type Value = Opened<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Opened<'de>, D::Error> {
        match self.plan {
            Plan::Raw => <&RawValue>::deserialize(deserializer).map(Opened::Raw),
            Plan::Object(_) | Plan::Whole(_) | Plan::Array(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Opening {
    type Value = Opened<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Opened<'de>, A::Error> {
        match self.plan {
            Plan::Object(plan) => self.members(plan, false, map),
            Plan::Whole(plan) => self.members(plan, true, map),
            Plan::Raw | Plan::Array(_) => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Opened::Other("an object".to_owned()))
            }
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Opened<'de>, A::Error> {
        let Plan::Array(plan) = self.plan else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Opened::Other("an array".to_owned()));
        };
        let mut entries = Vec::new();
        while entries.len() < self.max_entries {
            match seq.next_element_seed(Opening { plan, max_entries: self.max_entries })? {
                Some(entry) => entries.push(entry),
                None => return Ok(Opened::Array { total: entries.len(), entries }),
            }
        }
        let mut total = entries.len();
        while seq.next_element::<IgnoredAny>()?.is_some() {
            total += 1;
        }
        Ok(Opened::Array { entries, total })
    }

    fn visit_unit<E: Error>(self) -> Result<Opened<'de>, E> {
        Ok(Opened::Absent)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Opened<'de>, E> {
        Ok(Opened::Other(format!("the string \"{}\"", shorten(value))))
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Opened, Plan, open};

    const MEMBERS: &[(&str, Plan)] = &[("a", Plan::Raw), ("é", Plan::Raw)];

    /// The planned members as text, and the others.
    fn opened(document: &str, plan: &'static Plan) -> Result<(Vec<Option<String>>, String), String> {
        match open(document, plan, 0) {
            Ok(Opened::Object(members)) => {
                let text = |(key, _): &(&str, Plan)| match members.get(key) {
                    Opened::Raw(raw) => Some(raw.get().to_owned()),
                    _ => None,
                };
                Ok((MEMBERS.iter().map(text).collect(), members.others.clone()))
            }
            Ok(_) => Err("no object".to_owned()),
            Err(malformed) => Err(malformed.message),
        }
    }

    #[test]
    fn both_plans_of_an_object_find_the_same_members() {
        const SOME: Plan = Plan::Object(MEMBERS);
        const WHOLE: Plan = Plan::Whole(MEMBERS);
        for (document, values, others) in [
            ("{}", [None, None], ""),
            (r#"{"b":[1, {}],"a":1,"c":2}"#, [Some("1"), None], r#""b":[1, {}],"c":2"#),
            (r#"{"a":1,"\u0061":2,"\u00e9":"x"}"#, [Some("2"), Some("\"x\"")], ""),
            (r#"{"\u0062":1,"a":null}"#, [Some("null"), None], r#""\u0062":1"#),
        ] {
            let values = values.map(|value| value.map(str::to_owned)).to_vec();
            assert_eq!(opened(document, &SOME), Ok((values.clone(), String::new())), "{document}");
            assert_eq!(opened(document, &WHOLE), Ok((values, others.to_owned())), "{document}");
        }

        let half = r#"{"\ud800":1,"a":2}"#;
        assert!(opened(half, &SOME).is_err_and(|message| message.contains("hex escape")), "{:?}", opened(half, &SOME));
        assert_eq!(opened(half, &WHOLE), Ok((vec![Some("2".to_owned()), None], r#""\ud800":1"#.to_owned())));
    }
}
