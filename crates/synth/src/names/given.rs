//! Given names, by heritage, sex and (for British households) by the years in which they were fashionable.
//!
//! In: nothing. Out: constant tables, the commonest first; a Zipf-like curve over the rank is laid on them elsewhere.
//! Absent on purpose: counts of real people. The lists and their order are our own, written from general knowledge.

/// British women born before 1960.
pub(crate) const BRITISH_WOMEN_OLDER: &[&str] = &[
    "Margaret", "Jean", "Patricia", "Mary", "Maureen", "Christine", "Susan", "Barbara", "Joan", "Sheila",
    "Dorothy", "Brenda", "Pauline", "Carol", "Joyce", "Linda", "Janet", "Ann", "Anne", "Sandra", "Jennifer",
    "Valerie", "Kathleen", "Shirley", "Doreen", "Marion", "Elizabeth", "Judith", "Gillian", "June", "Eileen",
    "Beryl", "Audrey", "Irene", "Marjorie", "Hazel", "Sylvia", "Rita", "Betty", "Norma", "Glenys", "Hilary",
    "Rosemary", "Josephine", "Kathryn", "Lesley", "Lynne", "Marilyn", "Vera", "Edna", "Gladys", "Hilda",
    "Winifred", "Phyllis", "Elsie", "Doris", "Ethel", "Muriel", "Olive", "Ivy", "Mavis", "Thelma", "Freda",
    "Nora", "Constance", "Evelyn", "Veronica", "Bridget", "Theresa", "Bernadette", "Moira", "Morag",
    "Gwyneth", "Myfanwy", "Eluned", "Frances", "Geraldine", "Wendy", "Yvonne", "Gwendoline", "Rosalind",
    "Cynthia", "Daphne", "Pamela", "Ruth",
];

/// British women born from 1960 to 1989.
pub(crate) const BRITISH_WOMEN_MIDDLE: &[&str] = &[
    "Sarah", "Claire", "Emma", "Nicola", "Samantha", "Karen", "Julie", "Lisa", "Joanne", "Michelle",
    "Rebecca", "Tracey", "Deborah", "Jacqueline", "Amanda", "Louise", "Helen", "Kelly", "Rachel", "Victoria",
    "Kerry", "Angela", "Sharon", "Alison", "Catherine", "Katherine", "Donna", "Gemma", "Laura", "Jane",
    "Paula", "Vicky", "Natalie", "Leanne", "Stacey", "Hayley", "Zoe", "Zoë", "Andrea", "Caroline", "Dawn",
    "Debra", "Elaine", "Fiona", "Heather", "Jill", "Kirsty", "Lorraine", "Lynn", "Mandy", "Marie", "Melanie",
    "Melissa", "Natasha", "Rachael", "Ruth", "Sally", "Sara", "Siobhan", "Sonia", "Stephanie", "Suzanne",
    "Teresa", "Tina", "Tracy", "Wendy", "Anna", "Beverley", "Cheryl", "Clare", "Danielle", "Denise", "Diane",
    "Hannah", "Jenny", "Katie", "Kate", "Kim", "Lucy", "Maxine", "Rhian", "Rhiannon", "Shona", "Catriona",
    "Aisling", "Sinead", "Carly", "Amy", "Charlotte", "Jodie", "Lindsay", "Toni", "Joanna", "Christina",
    "Anne-Marie", "Bethan", "Mhairi", "Jo-Anne", "Renée",
];

/// British women and girls born since 1990.
pub(crate) const BRITISH_WOMEN_YOUNGER: &[&str] = &[
    "Olivia", "Emily", "Chloe", "Jessica", "Sophie", "Charlotte", "Lauren", "Megan", "Amelia", "Ella",
    "Grace", "Lily", "Mia", "Isla", "Ava", "Poppy", "Evie", "Isabella", "Freya", "Daisy", "Ruby", "Holly",
    "Bethany", "Georgia", "Abigail", "Hannah", "Lucy", "Amy", "Jade", "Molly", "Ellie", "Eleanor", "Phoebe",
    "Millie", "Scarlett", "Sienna", "Florence", "Willow", "Rosie", "Elsie", "Ivy", "Harriet", "Matilda",
    "Erin", "Imogen", "Alice", "Maisie", "Esme", "Niamh", "Caitlin", "Courtney", "Paige", "Shannon",
    "Kayleigh", "Zara", "Amber", "Aimee", "Francesca", "Isobel", "Jasmine", "Keira", "Lacey", "Lola",
    "Madison", "Martha", "Maya", "Nancy", "Orla", "Robyn", "Rose", "Sophia", "Summer", "Tia", "Thea",
    "Violet", "Eira", "Seren", "Ffion", "Cerys", "Mali", "Eilidh", "Skye", "Ailsa", "Saoirse", "Aoife",
    "Ciara", "Roisin", "Chloé", "Zoë", "Anaïs", "Lexi", "Lottie", "Darcie", "Heidi", "Ella-Mae", "Gracie-Mae",
    "Lily-Rose", "Ellie-May", "Bonnie", "Penelope", "Arabella", "Edith", "Maeve", "Luna", "Aurora",
];

/// British men born before 1960.
pub(crate) const BRITISH_MEN_OLDER: &[&str] = &[
    "John", "David", "Michael", "Peter", "Robert", "William", "Brian", "Alan", "Anthony", "James", "Kenneth",
    "George", "Ronald", "Derek", "Keith", "Roger", "Thomas", "Dennis", "Raymond", "Malcolm", "Terence",
    "Geoffrey", "Barry", "Roy", "Colin", "Graham", "Richard", "Eric", "Gordon", "Trevor", "Donald", "Douglas",
    "Charles", "Edward", "Frank", "Arthur", "Albert", "Harry", "Jack", "Norman", "Leonard", "Frederick",
    "Joseph", "Stanley", "Patrick", "Ernest", "Leslie", "Reginald", "Harold", "Sidney", "Cyril", "Cecil",
    "Clifford", "Wilfred", "Herbert", "Walter", "Victor", "Gerald", "Maurice", "Ivor", "Gwilym", "Emrys",
    "Hugh", "Angus", "Hamish", "Alastair", "Neville", "Rodney", "Clive", "Nigel", "Philip", "Stuart", "Ian",
    "Bernard", "Desmond", "Francis", "Laurence", "Lewis", "Melvyn", "Royston", "Stephen", "Christopher",
    "Edwin", "Percy", "Horace", "Denis", "Dafydd",
];

/// British men born from 1960 to 1989.
pub(crate) const BRITISH_MEN_MIDDLE: &[&str] = &[
    "Paul", "Mark", "David", "Andrew", "Richard", "Christopher", "James", "Simon", "Michael", "Matthew",
    "Stephen", "Steven", "Lee", "Robert", "Darren", "Craig", "Daniel", "Jason", "Kevin", "Gary", "Ian",
    "Neil", "Anthony", "Jonathan", "Wayne", "Stuart", "Martin", "Thomas", "Adam", "Philip", "Benjamin",
    "Carl", "Dean", "Nicholas", "Scott", "Peter", "John", "Adrian", "Gareth", "Graham", "Timothy", "Shaun",
    "Sean", "Ryan", "Russell", "Ross", "Robin", "Rhys", "Raymond", "Nathan", "Marcus", "Karl", "Justin",
    "Julian", "Jeremy", "Jamie", "Iain", "Guy", "Glenn", "Gavin", "Garry", "Edward", "Duncan", "Douglas",
    "Dominic", "Damian", "Clive", "Charles", "Brett", "Barry", "Ashley", "Antony", "Alistair", "Alexander",
    "Alan", "Aaron", "Geraint", "Huw", "Dylan", "Eoin", "Declan", "Fergus", "Callum", "Euan", "Colm",
    "Ciaran", "Niall", "Patrick", "Kieran", "Liam", "Luke", "Keith", "Tony", "William", "Samuel", "Joseph",
    "Toby", "Giles", "Rupert", "Seán",
];

/// British men and boys born since 1990.
pub(crate) const BRITISH_MEN_YOUNGER: &[&str] = &[
    "Jack", "Oliver", "Thomas", "Harry", "Joshua", "James", "Daniel", "George", "Charlie", "Samuel",
    "William", "Jacob", "Alfie", "Noah", "Oscar", "Leo", "Archie", "Ethan", "Joseph", "Henry", "Lucas", "Max",
    "Logan", "Freddie", "Theo", "Alexander", "Isaac", "Connor", "Jordan", "Callum", "Liam", "Ryan", "Nathan",
    "Matthew", "Luke", "Adam", "Benjamin", "Kieran", "Bradley", "Lewis", "Jake", "Cameron", "Kyle", "Brandon",
    "Finley", "Harrison", "Riley", "Tyler", "Jayden", "Dylan", "Toby", "Louis", "Reuben", "Edward", "Arthur",
    "Albert", "Teddy", "Tommy", "Bobby", "Reggie", "Ronnie", "Frankie", "Elijah", "Sebastian", "Zachary",
    "Aidan", "Ewan", "Rory", "Hamish", "Fraser", "Finlay", "Iestyn", "Macsen", "Osian", "Ieuan", "Gruff",
    "Oisín", "Cillian", "Conor", "Fionn", "Jenson", "Kai", "Blake", "Jude", "Stanley", "Hugo", "Rowan",
    "Caleb", "Ellis", "Billy", "Sonny", "Owen", "Alfie-James", "Tyler-Jay", "Harley", "Corey", "Josh",
    "Elliot", "Evan", "Felix", "Gabriel", "Jasper", "Rafferty", "Zac",
];

/// Women of South Asian heritage.
pub(crate) const SOUTH_ASIAN_WOMEN: &[&str] = &[
    "Fatima", "Ayesha", "Aisha", "Zainab", "Maryam", "Priya", "Nasreen", "Shazia", "Saima", "Parveen",
    "Rukhsana", "Samina", "Noreen", "Farzana", "Khadija", "Amina", "Sana", "Hira", "Iqra", "Mehwish",
    "Anjali", "Sunita", "Meena", "Kavita", "Deepa", "Rekha", "Nisha", "Pooja", "Neha", "Jaspreet", "Harpreet",
    "Manpreet", "Kulwinder", "Surinder", "Gurpreet", "Baljit", "Tahira", "Shabana", "Nazia", "Rubina",
    "Bushra", "Hafsa", "Sumaiya", "Nadia", "Rahima", "Shirin", "Tasnim", "Lakshmi", "Divya", "Asha", "Usha",
    "Rani", "Kiran", "Simran", "Aaliyah", "Inaya", "Safa", "Noor",
];

/// Men of South Asian heritage.
pub(crate) const SOUTH_ASIAN_MEN: &[&str] = &[
    "Mohammed", "Muhammad", "Mohammad", "Ahmed", "Ali", "Imran", "Abdul", "Hassan", "Hussain", "Usman",
    "Omar", "Bilal", "Asif", "Tariq", "Khalid", "Nadeem", "Rashid", "Shahid", "Sajid", "Yusuf", "Ibrahim",
    "Hamza", "Zain", "Raj", "Rajesh", "Sanjay", "Amit", "Ravi", "Vijay", "Anil", "Suresh", "Harpreet",
    "Gurpreet", "Jaspal", "Balwinder", "Manjit", "Kuldeep", "Satnam", "Faisal", "Kamran", "Adnan", "Waqas",
    "Naveed", "Zahid", "Javed", "Arif", "Mahmood", "Iqbal", "Shafiq", "Kashif", "Rahim", "Karim", "Shah",
    "Arjun", "Rohan", "Nikhil", "Dev", "Kabir", "Syed Ali",
];

/// Women of Polish and other East European heritage.
pub(crate) const EAST_EUROPEAN_WOMEN: &[&str] = &[
    "Anna", "Katarzyna", "Małgorzata", "Agnieszka", "Barbara", "Ewa", "Krystyna", "Magdalena", "Joanna",
    "Aleksandra", "Monika", "Zofia", "Natalia", "Karolina", "Marta", "Beata", "Dorota", "Jolanta", "Iwona",
    "Zuzanna", "Julia", "Maja", "Oliwia", "Elena", "Ioana", "Andreea", "Mihaela", "Rasa", "Jurgita", "Inga",
    "Kristīne", "Līga", "Ivana", "Jana", "Lenka", "Olena", "Oksana", "Svitlana", "Daniela", "Gabriela",
];

/// Men of Polish and other East European heritage.
pub(crate) const EAST_EUROPEAN_MEN: &[&str] = &[
    "Piotr", "Krzysztof", "Andrzej", "Tomasz", "Paweł", "Jan", "Michał", "Marcin", "Jakub", "Adam", "Łukasz",
    "Grzegorz", "Mateusz", "Marek", "Wojciech", "Rafał", "Mariusz", "Dariusz", "Zbigniew", "Jerzy", "Kamil",
    "Szymon", "Kacper", "Filip", "Ion", "Andrei", "Mihai", "Ștefan", "Vasile", "Mindaugas", "Darius", "Jānis",
    "Andris", "Tomáš", "Jozef", "Oleksandr", "Serhii", "Bogdan", "Artur", "Robert",
];

/// Women of African and Caribbean heritage.
pub(crate) const AFRICAN_WOMEN: &[&str] = &[
    "Grace", "Blessing", "Mercy", "Comfort", "Patience", "Esther", "Abena", "Ama", "Akosua", "Chioma",
    "Ngozi", "Adaeze", "Folasade", "Funmilayo", "Temitope", "Yetunde", "Oluwaseun", "Precious", "Joy",
    "Faith", "Ruth", "Hawa", "Halima", "Fatou", "Amina", "Hodan", "Sahra", "Tendai", "Rutendo", "Nomvula",
    "Thandiwe", "Wanjiru", "Akinyi", "Shanice", "Chantelle", "Beverley", "Marcia", "Yvette", "Désirée",
    "Ifeoma",
];

/// Men of African and Caribbean heritage.
pub(crate) const AFRICAN_MEN: &[&str] = &[
    "Emmanuel", "Samuel", "Daniel", "Kwame", "Kofi", "Kwabena", "Yaw", "Chukwuemeka", "Chidi", "Obinna",
    "Oluwaseun", "Babatunde", "Adebayo", "Ayodele", "Tunde", "Ibrahim", "Musa", "Abdi", "Mohamed", "Yusuf",
    "Abdullahi", "Tendai", "Tafadzwa", "Farai", "Sipho", "Kamau", "Otieno", "Winston", "Delroy", "Leroy",
    "Clifton", "Errol", "Tyrone", "Marlon", "Jermaine", "Prince", "Godfrey", "Solomon", "Isaac", "Mamadou",
];

/// Women of any other heritage.
pub(crate) const OTHER_WOMEN: &[&str] = &[
    "Mei", "Li", "Xiu Ying", "Wing", "Hui", "Yan", "Maria", "Ana", "Sofia", "Inês", "Beatriz", "Carla",
    "Lucía", "Carmen", "Begoña", "Giulia", "Chiara", "Francesca", "Ayşe", "Fatma", "Elif", "Zeynep", "Layla",
    "Rania", "Huda", "Shirin", "Parisa", "Nguyet", "Thuy", "Siti", "Rosa", "Isabel", "Amélie", "Élodie",
    "Ingrid", "Åsa", "Eleni", "Despina", "Yuki", "Jasmin",
];

/// Men of any other heritage.
pub(crate) const OTHER_MEN: &[&str] = &[
    "Wei", "Chen", "Ming", "Jun", "Ho Yin", "Kwok", "José", "João", "Carlos", "Miguel", "Rui", "Pedro",
    "Luís", "André", "Marco", "Luca", "Giovanni", "Mehmet", "Mustafa", "Emre", "Hasan", "Ahmad", "Khaled",
    "Reza", "Hamid", "Omid", "Van Minh", "Duc", "Nikos", "Georgios", "François", "Jérôme", "Jürgen", "Björn",
    "Søren", "Hiroshi", "Karim", "Samir", "Walid", "Tariq",
];
