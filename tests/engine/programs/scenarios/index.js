// The environment chooses what the program asks for.
module.exports = require(`./${process.env.SCENARIO}.js`);
