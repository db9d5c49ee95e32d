//! Tries a model out: it is shown a small picture of one colour and asked which it is.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ModelAnswer, ModelCall, ModelCallError, ModelDesk, Reuse};
use crate::analyst::model::{ModelImage, Unheard};
use crate::store::ModelCallRow;

/// What such calls are for, in the record.
pub const TRIAL_PURPOSE: &str = "test";

/// Width and height of the picture, in pixels: some models take none below 28.
const SIDE: u32 = 64;

/// The colours, as they are called and as they are drawn.
const COLOURS: [(&str, [u8; 3]); 4] = [
    ("red", [220, 20, 20]),
    ("green", [20, 160, 40]),
    ("blue", [20, 60, 220]),
    ("yellow", [250, 220, 20]),
];

const SYSTEM: &str = "You test whether a picture reaches you. Answer with JSON only.";

const PROMPT: &str = "The attached picture is filled with one colour. Which one is it? Answer with a \
                      JSON object of one key, \"colour\", whose value is red, green, blue or yellow.";

/// What a try came to.
#[derive(Debug)]
pub struct ModelTrial {
    /// What the model said, or why it said nothing.
    pub answer: Result<ModelAnswer, ModelCallError>,
    /// The reply has the shape that was asked for.
    pub follows_schema: bool,
    /// It named the colour.
    pub sees_image: bool,
    /// The row of the call; nothing if none was begun.
    pub call: Option<ModelCallRow>,
}

impl ModelDesk {
    /// Asks a model about a picture, whatever was asked before. It is paid for like any other call.
    pub async fn try_out(self: &Arc<Self>, name: &str) -> Result<ModelTrial, ModelCallError> {
        // Another colour each time, so that a guess is found out sooner or later.
        let number = usize::try_from(self.store.last_model_call_id().await?).unwrap_or_default();
        let (colour, pixel) = COLOURS[number % COLOURS.len()];
        let image = picture(pixel).map_err(ModelCallError::Picture)?;
        let schema = Arc::new(schema());
        let call = ModelCall {
            model: name,
            strategy_id: None,
            execution_id: None,
            purpose: TRIAL_PURPOSE,
            system: SYSTEM,
            prompt: PROMPT,
            images: &[image],
            schema: &schema,
            schema_name: "picture",
            reuse: Reuse::Never,
        };
        let answer = self.ask(call, Arc::new(Unheard)).await;
        let said = answer.as_ref().ok().and_then(|answer| said_colour(&answer.text));
        let call_id = match &answer {
            Ok(answer) => Some(answer.call_id),
            Err(ModelCallError::Model { call_id, .. }) => *call_id,
            Err(_) => None,
        };
        let call = match call_id {
            Some(call_id) => self.store.model_call(call_id).await?,
            None => None,
        };
        Ok(ModelTrial {
            follows_schema: said.is_some(),
            sees_image: said.as_deref() == Some(colour),
            answer,
            call,
        })
    }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "colour": {"type": "string", "enum": COLOURS.map(|(name, _)| name)},
        },
        "required": ["colour"],
        "additionalProperties": false,
    })
}

/// The colour that a reply of the right shape names.
fn said_colour(text: &str) -> Option<String> {
    let reply: serde_json::Map<String, Value> = serde_json::from_str(text.trim()).ok()?;
    let colour = reply.get("colour")?.as_str()?;
    let is_known = COLOURS.iter().any(|(name, _)| *name == colour);
    (reply.len() == 1 && is_known).then(|| colour.to_owned())
}

fn picture(pixel: [u8; 3]) -> Result<ModelImage, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels = usize::try_from(SIDE * SIDE).unwrap_or_default();
    encoder.write_header()?.write_image_data(&pixel.repeat(pixels))?;
    Ok(ModelImage::new("image/png", bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_png_of_one_colour() {
        let image = picture([1, 2, 3]).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(image.bytes.to_vec()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (SIDE, SIDE));
        assert!(pixels.chunks(3).all(|pixel| pixel == [1, 2, 3]));
    }

    #[test]
    fn only_the_shape_that_was_asked_for_counts() {
        assert_eq!(said_colour(" {\"colour\": \"red\"}\n").as_deref(), Some("red"));
        for other in ["red", "{\"colour\": \"mauve\"}", "{\"colour\": \"red\", \"x\": 1}", "[]", ""]
        {
            assert_eq!(said_colour(other), None, "{other}");
        }
    }
}
