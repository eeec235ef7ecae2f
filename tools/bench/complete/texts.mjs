// What the models are asked. Written for this: none of it stands in a data set.

/** Prompts of few words, for tokens a second. No two begin alike, so that nothing is known of one from another. */
const SHORT = {
  assistant: ['I would like to book a', 'Can you find me a cheap', 'What time does the', 'Please show me all the', 'We need a room for', 'Is there any chance of'],
  stories260k: ['Once upon a time', 'The little dog ran', 'Lily and her mom', 'One day, a bird', 'Tom had a big red', 'In the park there was'],
};

/** Longer ones, to be cut to a number of tokens. */
const LONG = {
  assistant: [
    'Hello, we are a family of five and plan to spend a long weekend by the sea in early June. The children like to swim, my father cannot climb many stairs, and we come by train. Could you look for a quiet house near the station, with a lift if there is one, breakfast until late, and a garden? We would arrive on Thursday evening after seven and leave on Monday before lunch. It may cost six hundred in all, and we should like to pay when we get there. If you find nothing there, the next town along the line is fine as well, as long as the beach is not far from it.',
    'My washing machine stopped in the middle of a cycle this morning and the door will not open any more. The display says that the drain is blocked, but I cleaned the filter last week. It was delivered in March, so I think that it is still under warranty. Could somebody come and look at it, please? I am at home on Tuesday and Wednesday after four, and on Saturday all day. The number of the order is on the card that came with it, and I can send you a picture of the display. Please tell me also what it costs if the warranty does not cover this kind of thing.',
    'There is a concert at the old town hall next Friday that my sister talks about all the time, and I want to surprise her. Two seats next to each other would be best, not too close to the stage, for less than fifty each. After that we need a table somewhere near, open until midnight, where they cook without meat. She loves noodles and hates mushrooms. Could you also find out when the last bus leaves for the north side, and whether we can take a taxi from the hall if it rains? I will write her that we go to the cinema, so do not send any mail to her, please.',
    'Thank you for the quick answer. The shoes fit well, but the left one has a scratch near the heel, and the laces are blue although I had ordered white. I do not want to send them back since I need them for a wedding on the fourth. Would you give me a part of the money back, or send me the right laces and something for the leather? I have bought from your shop since it was opened and never had any trouble. The bill says eighty nine, and I paid with the card that you have on file. Just tell me what is easier for you, and I will say yes or no the same day.',
  ],
  stories260k: [
    'Anna had a small boat made of wood. Every day she went to the lake with her dad and let it swim. One day the wind was very strong and the boat went far away from the shore. Anna was sad and began to cry. Her dad said that they could walk around the lake and look for it. They walked and walked until they saw a big white bird. The bird sat on something red. It was the boat! Anna laughed and said thank you to the bird. The bird looked at her and flew away over the trees. Then they went home and had soup.',
    'Ben wanted to bake a cake for his grandma. He took eggs and milk and a lot of sugar. His sister said that it was too much sugar, but Ben did not listen. He put it all in a big bowl and mixed it with a spoon. The bowl fell down and everything was on the floor. The cat came and licked the floor and was happy. Ben and his sister had to clean the kitchen. After that they made a new cake together, and this time Ben listened to her. Grandma came in the evening and said that it was the best cake.',
    'There was a turtle who was afraid of the rain. When the clouds came she hid in her shell and did not come out. Her friend the frog loved the rain. He jumped in the puddles and sang all day. One day the frog said to the turtle that she should try it just once. The turtle put one foot out, and then her head. The rain was warm and soft. She smiled and walked into a puddle. They played until the sun came back. From then on the turtle was never afraid of the rain again.',
    'Mia found a key in the garden. It was old and very heavy. She showed it to her brother and they tried it in every door of the house, but it did not fit. They asked the man next door, and he did not know it. Then Mia saw a small box under the apple tree. The key fit! In the box there was a letter and a toy car. The letter said that whoever found it should be kind to others. Mia gave the car to her brother and kept the letter. They told their mom all about it at dinner.',
  ],
};

/** What somebody types to a shop's assistant, letter by letter. */
export const TYPED = [
  'I am looking for a pair of running shoes in size nine',
  'Could you tell me when my parcel will arrive?',
  'Do you have the same lamp in black, and is it in stock?',
  'Book a table for four at a quiet place tomorrow evening, please',
  'What would the weather be like in Lisbon on Saturday',
  'I need to cancel the appointment with the dentist on Monday',
];

/** `words`: the tokenizer, to cut with. */
export function texts(name, words, tokens = 100) {
  const cut = (text, count) => {
    const ids = words.encode(text, { addSpecial: false, allowSpecial: false });
    if (ids.length < count) throw new Error(`"${text.slice(0, 20)}…" has ${ids.length} tokens, not ${count}`);
    const prompt = words.decode(ids.slice(0, count), { skipSpecial: false });
    if (!text.startsWith(prompt)) throw new Error(`"${text.slice(0, 20)}…" cannot be cut at ${count} tokens`);
    return prompt;
  };
  return { short: SHORT[name], long: LONG[name].map((text) => cut(text, tokens - 1)) };
}
